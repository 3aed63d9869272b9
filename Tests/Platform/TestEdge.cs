using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Notify.Streams;
using Orleans;
using Orleans.Hosting;
using Orleans.Streams;
using Xunit;

namespace Notify.Tests.Platform;

/// <summary>An edge without connections: a client host that subscribes the edge's stream and writes down what comes.</summary>
public sealed class TestEdge : IAsyncDisposable, IAsyncObserver<EdgeBatch>
{
    private readonly Channel<EdgeBatch> _batches = Channel.CreateUnbounded<EdgeBatch>();
    private readonly Channel<EdgeDelivery> _deliveries = Channel.CreateUnbounded<EdgeDelivery>();
    private readonly IHost _host;
    private readonly Dictionary<string, long> _applied = [];
    private long _version;

    private TestEdge(IHost host, string provider)
    {
        _host = host;
        Provider = Services.GetRequiredKeyedService<IStreamProvider>(provider);
    }

    public EdgeId Id { get; } = EdgeId.New();

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public IServiceProvider Services => _host.Services;

    /// <summary>What happens on receipt, before the batch is written down; throwing or waiting means that it is not confirmed.</summary>
    public Func<EdgeBatch, Task> OnBatch { get; set; } = _ => Task.CompletedTask;

    /// <summary>Every batch and beacon, repeats too.</summary>
    public ChannelReader<EdgeBatch> Batches => _batches.Reader;

    /// <summary>What is delivered, each once, in order.</summary>
    public ChannelReader<EdgeDelivery> Deliveries => _deliveries.Reader;

    public IStreamProvider Provider { get; }

    public IAsyncStream<EdgeBatch> Stream => Provider.GetStream<EdgeBatch>(EdgeStreams.Of(Id));

    public static async Task<TestEdge> StartAsync(
        int gatewayPort, IEnumerable<(string Key, string Value)> settings, Action<IClientBuilder>? configure = null)
    {
        var builder = TestSilo.NewBuilder(settings);
        builder.Services.AddEdgeStreams();
        builder.UseOrleansClient(client =>
        {
            client.UseLocalhostClustering(gatewayPort);
            configure?.Invoke(client);
        });
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new(host, host.Services.GetRequiredService<IOptions<EdgeStreamOptions>>().Value.Provider);
    }

    public Task<StreamSubscriptionHandle<EdgeBatch>> SubscribeAsync() => Stream.SubscribeAsync(this);

    /// <summary>Attaches with one connection, or as many as said.</summary>
    public Task<AttachResult> AttachAsync(ChannelId channel, int connections = 1) =>
        Grains.GetChannel(channel).Attach(new(Id, ++_version, connections,
            channel.Kind == ChannelKind.User ? [.. Enumerable.Range(1, connections).Select(i => Connection(channel.Name, i))] : []));

    public Task DetachAsync(ChannelId channel) => Grains.GetChannel(channel).Detach(new(Id, ++_version));

    public ConnectionEntry Connection(string user, int number) => new()
    {
        Id = new(Id, $"c{number}"),
        User = user,
        Transport = ConnectionTransport.WebSocket,
        ConnectedAt = DateTimeOffset.UnixEpoch.AddSeconds(number),
    };

    async Task IAsyncObserver<EdgeBatch>.OnNextAsync(EdgeBatch item, StreamSequenceToken? token)
    {
        await OnBatch(item);
        _batches.Writer.TryWrite(item);
        lock (_applied)
        {
            if (item.Deliveries.IsEmpty || item.LastSequence <= _applied.GetValueOrDefault(item.Silo)) return;
            _applied[item.Silo] = item.LastSequence;
            foreach (var delivery in item.Deliveries) _deliveries.Writer.TryWrite(delivery);
        }
    }

    Task IAsyncObserver<EdgeBatch>.OnErrorAsync(Exception ex) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }
}
