using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace Notify.Streams;

/// <summary>One edge's subscription to its stream, as the edge's process keeps it: its observer, and the silos that took it. Thread safe.</summary>
internal sealed partial class EdgeSubscription(
    DirectStreamProvider provider,
    StreamId stream,
    EdgeId edge,
    IGrainFactory grains,
    TimeSpan timeout,
    TimeProvider time,
    ILogger<EdgeSubscription> logger)
{
    // The engine holds observers weakly: these two fields keep it alive.
    private readonly EdgeObserver _observer = new();
    private readonly Lock _lock = new();
    private IEdgeObserver? _reference;
    private ImmutableHashSet<string> _silos = [];

    public StreamId StreamId => stream;

    public EdgeId Edge => edge;

    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>Gives every living silo the observer; of several calls at once the last to start wins.</summary>
    /// <exception cref="InvalidOperationException">The edge's lease has ended.</exception>
    /// <exception cref="OrleansException">No silo took it.</exception>
    public async Task RegisterAsync(IAsyncObserver<EdgeBatch> observer)
    {
        _observer.Target = observer;
        long registration = provider.NextRegistration();
        IEdgeObserver reference;
        lock (_lock) reference = _reference ??= grains.CreateObjectReference<IEdgeObserver>(_observer);

        var lease = await grains.GetGrain<IEdgeDirectoryGrain>(IEdgeDirectoryGrain.Key).Renew(edge).WaitAsync(timeout, time);
        if (!lease.IsGranted) throw new InvalidOperationException($"The lease of edge {edge} has ended: it must subscribe under a new id.");

        ImmutableInterlocked.Update(ref _silos, (silos, alive) => silos.Intersect(alive), lease.Silos);
        bool[] taken = await Task.WhenAll(lease.Silos.Select(silo => TryRegisterAsync(silo, reference, registration)));
        if (!taken.Contains(true)) throw new OrleansException($"None of the {taken.Length} silos took the subscription of edge {edge}.");
    }

    /// <summary>Takes the observer back from every silo that had taken it. Silos that do not answer find out by the lease.</summary>
    public async Task UnregisterAsync()
    {
        long registration = provider.NextRegistration();
        provider.Forget(this);
        var silos = Interlocked.Exchange(ref _silos, []);
        await Task.WhenAll(silos.Select(silo => TryUnregisterAsync(silo, registration)));
        lock (_lock)
        {
            if (_reference is null) return;
            grains.DeleteObjectReference<IEdgeObserver>(_reference);
            _reference = null;
        }
    }

    private async Task<bool> TryRegisterAsync(string silo, IEdgeObserver reference, long registration)
    {
        try
        {
            await grains.GetGrain<IEdgeSubscriptionGrain>(silo).Subscribe(edge, reference, registration).WaitAsync(timeout, time);
            ImmutableInterlocked.Update(ref _silos, (silos, added) => silos.Add(added), silo);
            return true;
        }
        catch (Exception failure)
        {
            // Whatever it is, the other silos must not suffer from it; the edge tries again when this one's beacons are missing.
            LogSubscribeFailed(edge, silo, failure);
            return false;
        }
    }

    private async Task TryUnregisterAsync(string silo, long registration)
    {
        try
        {
            await grains.GetGrain<IEdgeSubscriptionGrain>(silo).Unsubscribe(edge, registration).WaitAsync(timeout, time);
        }
        catch (Exception failure)
        {
            // The end of the lease removes the edge there.
            LogUnsubscribeFailed(edge, silo, failure);
        }
    }

    [LoggerMessage(1101, LogLevel.Warning, "Edge {Edge} could not subscribe its stream at silo {Silo}")]
    private partial void LogSubscribeFailed(EdgeId edge, string silo, Exception failure);

    [LoggerMessage(1102, LogLevel.Information, "Edge {Edge} could not unsubscribe its stream at silo {Silo}")]
    private partial void LogUnsubscribeFailed(EdgeId edge, string silo, Exception failure);

    private sealed class EdgeObserver : IEdgeObserver
    {
        public volatile IAsyncObserver<EdgeBatch>? Target;

        public Task Receive(EdgeBatch batch) => Target?.OnNextAsync(batch) ?? Task.CompletedTask;
    }
}
