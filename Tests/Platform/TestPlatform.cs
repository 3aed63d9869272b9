using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Notify.EdgeHost;
using Notify.EdgeHost.Lifecycle;
using Notify.Silo;
using Orleans;
using Orleans.Hosting;
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

    /// <summary>Whether the edges speak HTTP/2 alone (without TLS a server cannot offer both).</summary>
    public bool IsHttp2Only { get; init; }

    /// <summary>The edges' environment.</summary>
    public string Environment { get; init; } = Environments.Development;
}

/// <summary>A silo and some edges, each a host of its own in this process, on real sockets.</summary>
public sealed class TestPlatform : IAsyncDisposable
{
    private readonly TestPlatformOptions _options;
    private readonly int _gatewayPort;
    private readonly List<TestEdge> _edges = [];

    private TestPlatform(TestPlatformOptions options, IHost silo, int gatewayPort)
    {
        _options = options;
        Silo = silo;
        _gatewayPort = gatewayPort;
    }

    public IHost Silo { get; }

    public IReadOnlyList<TestEdge> Edges => _edges;

    public TestEdge Edge => _edges[0];

    public IGrainFactory Grains => Silo.Services.GetRequiredService<IGrainFactory>();

    public static async Task<TestPlatform> StartAsync(TestPlatformOptions? options = null)
    {
        options ??= new();
        var (siloPort, gatewayPort) = (FreePort(), FreePort());
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(options.Settings);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(siloPort, gatewayPort).AddNotifySilo());
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        var platform = new TestPlatform(options, host, gatewayPort);
        for (int i = 0; i < options.EdgeCount; i++) await platform.StartEdgeAsync();
        return platform;
    }

    /// <summary>Starts another edge and waits until it serves.</summary>
    public async Task<TestEdge> StartEdgeAsync()
    {
        var edge = await TestEdge.StartAsync(_options, _gatewayPort);
        _edges.Add(edge);
        return edge;
    }

    /// <summary>How many connections the roster of a channel counts, over all edges.</summary>
    public async Task<int> RosterCountAsync(ChannelId channel) =>
        (await Grains.GetChannel(channel).GetStatus()).Edges.Sum(e => e.MemberCount);

    public async ValueTask DisposeAsync()
    {
        foreach (var edge in _edges) await edge.DisposeAsync();
        await Silo.StopAsync(CancellationToken.None);
        Silo.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>One edge of a <see cref="TestPlatform"/>.</summary>
public sealed class TestEdge : IAsyncDisposable
{
    private bool _isStopped;

    private TestEdge(WebApplication app)
    {
        App = app;
        Address = new(app.Urls.First());
        Http = new() { BaseAddress = Address };
    }

    public WebApplication App { get; }

    public Uri Address { get; }

    public HttpClient Http { get; }

    /// <summary>The id under which it serves now.</summary>
    public EdgeId? Id => Service.Serving?.Id;

    internal EdgeService Service => App.Services.GetRequiredService<EdgeService>();

    internal static async Task<TestEdge> StartAsync(TestPlatformOptions options, int gatewayPort)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = options.Environment });
        builder.Configuration.AddInMemoryCollection(options.Settings);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = options.IsHttp2Only ? HttpProtocols.Http2 : HttpProtocols.Http1));
        if (options.EdgeClock is { } clock) builder.Services.AddSingleton(clock);
        builder.UseOrleansClient(client => client.UseLocalhostClustering(gatewayPort));
        builder.Services.AddNotifyEdge(builder.Configuration);
        options.EdgeServices?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapNotify();
        await app.StartAsync(TestContext.Current.CancellationToken);
        var edge = new TestEdge(app);
        await edge.Service.WhenServing.Within("the edge to serve");
        return edge;
    }

    /// <summary>Stops it as an operator would.</summary>
    public async Task StopAsync()
    {
        if (_isStopped) return;
        _isStopped = true;
        await App.StopAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await StopAsync();
        await App.DisposeAsync();
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
    });

    public ValueTask DisposeAsync() => Platform.DisposeAsync();
}
