using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Notify.EdgeHost;
using Notify.EdgeHost.Lifecycle;
using Notify.EdgeHost.Transports.BelowHttp;
using Orleans.Hosting;
using Xunit;

namespace Notify.Tests.Platform;

/// <summary>One edge of a <see cref="TestPlatform"/>.</summary>
public sealed class TestEdgeHost : IAsyncDisposable
{
    private bool _isStopped;

    private TestEdgeHost(WebApplication app)
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

    /// <summary>How many clients came in below HTTP.</summary>
    internal long BelowHttpCount => App.Services.GetRequiredService<ClientsBelowHttp>().ServedCount;

    internal EdgeService Service => App.Services.GetRequiredService<EdgeService>();

    internal static Task<TestEdgeHost> StartAsync(TestPlatformOptions options, int gatewayPort) =>
        StartAsync(options, builder => builder.UseOrleansClient(client => client.UseLocalhostClustering(gatewayPort)));

    /// <summary>Starts an edge in whose services this puts the client of a cluster.</summary>
    internal static async Task<TestEdgeHost> StartAsync(TestPlatformOptions options, Action<WebApplicationBuilder> addClient)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = options.Environment });
        builder.Configuration.AddInMemoryCollection(options.Settings);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            options.EdgeKestrel?.Invoke(kestrel);
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = options.IsHttp2Only ? HttpProtocols.Http2 : HttpProtocols.Http1;
                if (options.BelowHttp) listen.UseNotifyConnections();
                options.EdgePort?.Invoke(listen);
            });
        });
        if (options.EdgeClock is { } clock) builder.Services.AddSingleton(clock);
        addClient(builder);
        builder.Services.AddNotifyEdge(builder.Configuration);
        options.EdgeServices?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapNotify(options.ShortCircuit);
        options.EdgeApp?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        var edge = new TestEdgeHost(app);
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
