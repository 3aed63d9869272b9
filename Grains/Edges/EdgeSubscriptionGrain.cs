using Notify.Streams;

namespace Notify.Grains.Edges;

/// <summary>Takes the subscriptions of edges at the silo it is placed on, and hands them to that silo's outboxes.</summary>
[SiloKeyedPlacement]
internal sealed class EdgeSubscriptionGrain(EdgeOutboxes outboxes, ISiloMembership membership) : Grain, IEdgeSubscriptionGrain
{
    /// <inheritdoc/>
    public Task Subscribe(EdgeId edge, IEdgeObserver observer, long registration)
    {
        // A silo that restarted at the same address has another id: its predecessor's key must not reach it.
        if (this.GetPrimaryKeyString() != membership.LocalSilo)
            throw new OrleansException($"Silo {this.GetPrimaryKeyString()} is gone; this is {membership.LocalSilo}.");
        if (outboxes.GetOrAdd(edge)?.Register(observer, registration) != true)
            throw new InvalidOperationException($"The lease of edge {edge} has ended.");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Unsubscribe(EdgeId edge, long registration)
    {
        outboxes.Find(edge)?.Unregister(registration);
        return Task.CompletedTask;
    }
}
