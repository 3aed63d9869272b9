using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Notify.Silo;
using Notify.Tests.Embedded;
using Notify.Tests.Platform;
using Orleans;
using Orleans.Hosting;

namespace Notify.Tests.EndToEnd;

/// <summary>A process that has nothing but a silo, and pushes to many channels that nobody holds; it says how much it has grown.</summary>
internal static class MemoryOfPushes
{
    public const string Name = "memory-of-pushes";
    public const int Channels = 50_000;
    public const int Pushes = 200_000;

    private const int PayloadBytes = 600;
    private const int Pushers = 64;

    public static async Task<int> RunAsync(string store, string limitMib, string folder)
    {
        long limit = long.Parse(limitMib, CultureInfo.InvariantCulture) << 20;
        var builder = EngineHosts.NewBuilder();
        builder.Configuration.AddInMemoryCollection([
            new("Notify:Log:Store", store),
            new("Notify:Log:Path", folder),
            new("Notify:Log:MemoryLimitBytes", limit.ToString(CultureInfo.InvariantCulture)),
            new("Notify:Log:File:IndexLimitBytes", limit.ToString(CultureInfo.InvariantCulture)),
        ]);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(Ports.Next(), Ports.Next()).AddNotifySilo());
        using var host = builder.Build();
        await host.StartAsync();
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        _ = await grains.GetGrain<IUserGrain>("first").Push(New()); // everything is compiled and loaded

        long before = WorkingSet();
        long peak = before;
        var all = Task.WhenAll(Enumerable.Range(0, Pushers).Select(pusher => Task.Run(() => PushAsync(grains, pusher))));
        using (var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50)))
        {
            while (!all.IsCompleted && await timer.WaitForNextTickAsync()) peak = Math.Max(peak, WorkingSet());
        }

        await all;
        peak = Math.Max(peak, WorkingSet());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{peak - before} of {limit + (limit * 3 / 10) + (64 << 20)}"));
        await host.StopAsync();
        return 0;
    }

    private static async Task PushAsync(IGrainFactory grains, int pusher)
    {
        for (int round = 0; round < Pushes / Channels; round++)
        {
            for (int i = pusher; i < Channels; i += Pushers)
                _ = await grains.GetGrain<IUserGrain>(string.Create(CultureInfo.InvariantCulture, $"user-{i:D8}")).Push(New());
        }
    }

    private static Notification New() => new() { Event = "order.shipped", Payload = new byte[PayloadBytes] };

    private static long WorkingSet()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
