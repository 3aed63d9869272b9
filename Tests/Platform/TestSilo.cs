using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Notify.Silo;
using Notify.Tests.Embedded;
using Orleans;
using Orleans.Hosting;
using Xunit;

namespace Notify.Tests.Platform;

/// <summary>A silo with the grains of Notify in a host of its own, and edges in theirs, all in this process, on either engine.</summary>
public sealed class TestSilo : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _guests = [];
    private readonly (string Key, string Value)[] _settings;

    private TestSilo(IHost host, int gatewayPort, (string Key, string Value)[] settings)
    {
        Host = host;
        GatewayPort = gatewayPort;
        _settings = settings;
    }

    public IHost Host { get; }

    public int GatewayPort { get; }

    public IGrainFactory Grains => Host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Starts a silo with settings such as ("Notify:Leases:Lease", "00:00:02"); of equal keys the last counts.</summary>
    public static Task<TestSilo> StartAsync(params (string Key, string Value)[] settings) => StartAsync(null, settings);

    public static async Task<TestSilo> StartAsync(Action<ISiloBuilder>? configure, params (string Key, string Value)[] settings)
    {
        var (siloPort, gatewayPort) = (Ports.Next(), Ports.Next());
        var builder = NewBuilder(settings);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(siloPort, gatewayPort);
            silo.AddNotifySilo();
            configure?.Invoke(silo);
        });
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new(host, gatewayPort, settings);
    }

    /// <summary>Starts an edge's side of the streams in a client host; it is subscribed by the test.</summary>
    public async Task<TestEdge> StartEdgeAsync(Action<IClientBuilder>? configure = null)
    {
        var edge = await TestEdge.StartAsync(GatewayPort, _settings, configure);
        _guests.Add(edge);
        return edge;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var guest in _guests) await guest.DisposeAsync();
        await Host.StopAsync(CancellationToken.None);
        Host.Dispose();
    }

    internal static HostApplicationBuilder NewBuilder(IEnumerable<(string Key, string Value)> settings)
    {
        var builder = EngineHosts.NewBuilder();
        builder.Configuration.AddInMemoryCollection(
            settings.GroupBy(setting => setting.Key).Select(same => KeyValuePair.Create(same.Key, (string?)same.Last().Value)));
        return builder;
    }
}
