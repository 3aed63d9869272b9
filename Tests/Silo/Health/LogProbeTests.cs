using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Notify.Grains.Log;
using Notify.Grains.Log.Files;
using Notify.Grains.Telemetry;
using Notify.Silo.Health;
using Notify.Telemetry;
using Notify.Tests.Grains.Log.Files;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Silo.Health;

/// <summary>A silo is ready while its log takes writes; nobody has to push for it to find out.</summary>
public sealed class LogProbeTests
{
    private static readonly HealthOptions Often = new() { ProbeEvery = TimeSpan.FromMilliseconds(100), ProbeTimeout = TimeSpan.FromSeconds(1) };

    [Fact]
    public async Task Ready_WhenPostgresStopsAndStarts_FailsAndComesBack()
    {
        await using var server = new PostgresServer();
        await using var silo = await TestSilo.StartAsync(
            ("Notify:Log:Store", "Postgres"), ("Notify:Log:ConnectionString", await server.GetConnectionStringAsync()), ("Notify:Log:Postgres:Schema", server.NewSchema()),
            ("Notify:Health:ProbeEvery", "00:00:00.2"), ("Notify:Health:ProbeTimeout", "00:00:01"));
        var checks = silo.Host.Services.GetServices<ReadyCheck>().ToDictionary(check => check.Name);
        Assert.Equal(["silo", "store"], checks.Keys.Order());
        await Polling.Until(() => Task.FromResult(checks.Values.All(check => check.FindFault() is null)), "the silo to be ready");

        await server.StopAsync();
        await Polling.Until(() => Task.FromResult(checks["store"].FindFault() is not null), "the store's check to fail");
        Assert.Equal("The channel log (Postgres) does not take writes.", checks["store"].FindFault());
        Assert.Null(checks["silo"].FindFault());

        await server.StartAsync();
        await Polling.Until(() => Task.FromResult(checks["store"].FindFault() is null), "the store's check to pass again");
    }

    [Fact]
    public async Task Ready_WhenTheDiskIsFull_FailsAndComesBack()
    {
        using var folder = new TemporaryFolder();
        var disk = new FaultyDisk();
        await using var log = await OpenAsync(folder, disk);
        using var probe = Probe(log);
        Assert.NotNull(probe.Fault); // not known yet
        await probe.StartAsync(CancellationToken.None);
        await Until(probe, isWritable: true);

        disk.RoomBytes = 0;
        await Until(probe, isWritable: false);
        disk.RoomBytes = null;
        await Until(probe, isWritable: true);
        await probe.StopAsync(CancellationToken.None);
    }

    /// <summary>A log that is written to needs no probe; two of an idle one stay small, whatever the time.</summary>
    [Fact]
    public async Task Probe_OfAnIdleLog_KeepsTheLastFew()
    {
        using var folder = new TemporaryFolder();
        await using var log = await OpenAsync(folder, new FaultyDisk());
        for (int i = 0; i < 50; i++) await log.ProbeAsync(CancellationToken.None);
        Assert.Equal(50, log.CommitCount);
        Assert.InRange(log.Index.EntryCount, 1, 12); // with the ids of the dedupe window, 10 here
    }

    private static async Task<FileChannelLog> OpenAsync(TemporaryFolder folder, LogDisk disk)
    {
        var log = new FileChannelLog(
            new() { Path = folder.Path }, new(TimeSpan.FromMinutes(10), 10), TimeProvider.System, NullLogger<FileChannelLog>.Instance, disk);
        await log.OpenAsync(CancellationToken.None);
        return log;
    }

    private static LogProbe Probe(IChannelLog log)
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>();
        return new(log, Options.Create(Often), Options.Create(new ChannelLogOptions { Store = ChannelLogStore.File }), TimeProvider.System, new SiloMetrics(meters), NullLogger<LogProbe>.Instance);
    }

    private static Task Until(LogProbe probe, bool isWritable) =>
        Polling.Until(() => Task.FromResult(probe.Fault is null == isWritable), isWritable ? "the log to be writable" : "the log not to be writable");
}
