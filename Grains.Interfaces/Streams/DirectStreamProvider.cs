using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Streams;

namespace Notify.Streams;

/// <summary>
/// The stream provider "edges": a stream event is one call of the edge's observer, and its return is the confirmation.
/// Subscribing means to give every silo that observer, so a subscription needs nothing that could die with one silo.
/// </summary>
/// <remarks>
/// <code>
///   edge                                            silo (each)
///   SubscribeAsync ── IEdgeSubscriptionGrain.Subscribe(observer) ──▶ IEdgeObservers
///   observer ◀── IEdgeObserver.Receive(batch) ── OnNextAsync ◀── pump ◀── outbox
/// </code>
/// </remarks>
internal sealed class DirectStreamProvider(
    IGrainFactory grains,
    IOptions<EdgeStreamOptions> options,
    TimeProvider time,
    ILoggerFactory loggers,
    IServiceProvider services) : IStreamProvider
{
    private readonly ConcurrentDictionary<EdgeId, EdgeSubscription> _subscriptions = new();
    private long _registrations;

    /// <inheritdoc/>
    public string Name => EdgeStreams.DirectProvider;

    /// <inheritdoc/>
    public bool IsRewindable => false;

    /// <inheritdoc/>
    public IAsyncStream<T> GetStream<T>(StreamId streamId)
    {
        if (typeof(T) != typeof(EdgeBatch))
            throw new NotSupportedException($"The stream provider '{Name}' carries {nameof(EdgeBatch)} only, not {typeof(T).Name}.");
        if (streamId.GetNamespace() != EdgeStreams.Namespace)
            throw new NotSupportedException($"The stream provider '{Name}' has only streams of the namespace '{EdgeStreams.Namespace}'.");
        var stream = new DirectStream(this, streamId, EdgeStreams.EdgeOf(streamId), services.GetService<IEdgeObservers>());
        return (IAsyncStream<T>)(object)stream;
    }

    /// <summary>The edge's subscription in this process; null when there is none.</summary>
    internal EdgeSubscription? Find(EdgeId edge) => _subscriptions.GetValueOrDefault(edge);

    /// <summary>Subscribes the edge, or gives its subscription a new observer.</summary>
    internal async Task<EdgeSubscription> SubscribeAsync(StreamId stream, EdgeId edge, IAsyncObserver<EdgeBatch> observer)
    {
        var subscription = _subscriptions.GetOrAdd(edge, _ => new(
            this, stream, edge, grains, options.Value.SubscribeTimeout, time, loggers.CreateLogger<EdgeSubscription>()));
        await subscription.RegisterAsync(observer);
        return subscription;
    }

    /// <summary>The number of a new registration: silos let the newest win, also over one that was taken back.</summary>
    internal long NextRegistration() => Interlocked.Increment(ref _registrations);

    internal void Forget(EdgeSubscription subscription) => _subscriptions.TryRemove(new(subscription.Edge, subscription));
}
