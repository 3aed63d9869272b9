using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Notify.EdgeHost;
using Orleans;
using Xunit;

namespace Notify.Tests.Platform;

/// <summary>What a platform under test is made of.</summary>
public sealed record TestPlatformOptions
{
    public int EdgeCount { get; init; } = 1;

    /// <summary>Settings of the silo and of all edges, by their full names.</summary>
    public Dictionary<string, string?> Settings { get; init; } = [];

    /// <summary>The edges' clock; null: the real one. The silo's is always the real one.</summary>
    public TimeProvider? EdgeClock { get; init; }

    /// <summary>Further services of each edge.</summary>
    public Action<IServiceCollection>? EdgeServices { get; init; }

    /// <summary>What else each edge maps.</summary>
    public Action<WebApplication>? EdgeApp { get; init; }

    /// <summary>Whether the edges speak HTTP/2 alone (without TLS a server cannot offer both).</summary>
    public bool IsHttp2Only { get; init; }

    /// <summary>Whether requests go from routing straight to Notify, as in the executables.</summary>
    public bool ShortCircuit { get; init; }

    /// <summary>Whether clients are served below HTTP where they can be; as the running class of tests says.</summary>
    public bool BelowHttp { get; init; } = !OverHttpAttribute.IsOnRunningTest;

    /// <summary>What else each edge's Kestrel is told, before it listens.</summary>
    public Action<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>? EdgeKestrel { get; init; }

    /// <summary>What else is done with the port.</summary>
    public Action<Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions>? EdgePort { get; init; }

    /// <summary>The edges' environment.</summary>
    public string Environment { get; init; } = Environments.Development;
}

/// <summary>A silo and some edges, each a host of its own in this process, on real sockets.</summary>
public sealed class TestPlatform : IAsyncDisposable
{
    private readonly TestPlatformOptions _options;
    private readonly List<TestEdgeHost> _edges = [];

    private TestPlatform(TestPlatformOptions options, TestSilo silo)
    {
        _options = options;
        Silo = silo;
    }

    public TestSilo Silo { get; }

    public IReadOnlyList<TestEdgeHost> Edges => _edges;

    public TestEdgeHost Edge => _edges[0];

    public IGrainFactory Grains => Silo.Grains;

    public static async Task<TestPlatform> StartAsync(TestPlatformOptions? options = null)
    {
        options ??= new();
        var silo = await TestSilo.StartAsync([.. options.Settings.Select(setting => (setting.Key, setting.Value!))]);
        var platform = new TestPlatform(options, silo);
        for (int i = 0; i < options.EdgeCount; i++) await platform.StartEdgeAsync();
        return platform;
    }

    /// <summary>Starts another edge and waits until it serves.</summary>
    public async Task<TestEdgeHost> StartEdgeAsync()
    {
        var edge = await TestEdgeHost.StartAsync(_options, Silo.GatewayPort);
        _edges.Add(edge);
        return edge;
    }

    /// <summary>How many connections the roster of a channel counts, over all edges.</summary>
    public async Task<int> RosterCountAsync(ChannelId channel) =>
        (await Grains.GetChannel(channel).GetStatus()).Edges.Sum(e => e.MemberCount);

    public async ValueTask DisposeAsync()
    {
        foreach (var edge in _edges) await edge.DisposeAsync();
        await Silo.DisposeAsync();
    }
}

/// <summary>A platform with two edges for a class of tests.</summary>
public sealed class PlatformFixture : IAsyncLifetime
{
    public TestPlatform Platform { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Platform = await TestPlatform.StartAsync(new()
    {
        EdgeCount = 2,
        Settings = { ["Notify:Edge:Linger"] = "00:00:00", ["Notify:Edge:ReconnectSpread"] = "00:00:00" },
        EdgeApp = app => app
            .MapNotifyMessage("orders/{id:int}/ack", (int id, JsonElement body, ClientConnection who) => new { id, body, who.User })
            .MapNotifyMessage("never", (CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken)),
    });

    public ValueTask DisposeAsync() => Platform.DisposeAsync();
}
