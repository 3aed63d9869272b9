using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Notify.Silo;
using Notify.Streams;
using Orleans;
using Orleans.Hosting;
using Orleans.Streams;

namespace Notify.Bench.Grains;

/// <summary>A silo with the grains of Notify, and one edge without connections that only counts what it gets, in this process.</summary>
internal sealed class GrainsHost : IAsyncDisposable, IAsyncObserver<EdgeBatch>
{
    private readonly IHost _host;
    private long _received;
    private long _target = long.MaxValue;
    private TaskCompletionSource _reached = new();

    private GrainsHost(IHost host) => _host = host;

    public static string Engine => typeof(Grain).Assembly.GetName() is { Name: "Notify.Embedded" } ? "Embedded" : $"Orleans {typeof(Grain).Assembly.GetName().Version}";

    public EdgeId Edge { get; } = EdgeId.New();

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Deliveries that the edge got.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Deliveries that an overflow of the outbox folded into heads.</summary>
    public long Folded { get; private set; }

    public static async Task<GrainsHost> StartAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        // The edge renews no lease here: make it last.
        builder.Configuration.AddInMemoryCollection([new("Notify:Leases:Lease", "00:10:00")]);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(FreePort.Find(), FreePort.Find()).AddNotifySilo());
        var host = new GrainsHost(builder.Build());
        await host._host.StartAsync();
        var provider = host._host.Services.GetRequiredKeyedService<IStreamProvider>(EdgeStreams.DirectProvider);
        await provider.GetStream<EdgeBatch>(EdgeStreams.Of(host.Edge)).SubscribeAsync(host);
        return host;
    }

    /// <summary>Completes when the edge has got so many deliveries in all.</summary>
    public Task ReceivedAsync(long count)
    {
        _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _target, count);
        if (Received >= count) _reached.TrySetResult();
        return _reached.Task;
    }

    /// <summary>An edge's report of one connection of a user, with strings of its own as on the wire.</summary>
    public AttachRequest Report(string user, int number) => new(Edge, 1, 1,
    [
        new()
        {
            Id = new(Edge, $"{number:x12}"),
            User = user,
            Company = $"company-{number % 100}",
            ClientId = $"browser-{number}",
            Component = "orders",
            Transport = ConnectionTransport.WebSocket,
            ConnectedAt = TimeProvider.System.GetUtcNow(),
            Attributes = [new("role", "clerk"), new("region", "north")],
        },
    ]);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    Task IAsyncObserver<EdgeBatch>.OnNextAsync(EdgeBatch item, StreamSequenceToken? token)
    {
        // By sequence: what an overflow folded into heads counts too.
        Volatile.Write(ref _received, item.LastSequence);
        Folded += item.LastSequence - item.FirstSequence + 1 - item.Deliveries.Length;
        if (item.LastSequence >= Volatile.Read(ref _target)) _reached.TrySetResult();
        return Task.CompletedTask;
    }

    Task IAsyncObserver<EdgeBatch>.OnErrorAsync(Exception ex) => Task.CompletedTask;
}
