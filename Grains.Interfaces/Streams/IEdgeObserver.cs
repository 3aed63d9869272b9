namespace Notify.Streams;

/// <summary>The receiving end of an edge's stream, handed to every silo by the provider "edges".</summary>
[Alias("notify.IEdgeObserver")]
public interface IEdgeObserver : IGrainObserver
{
    /// <summary>Takes a batch. Its return is the confirmation; it only enqueues.</summary>
    [Alias("Receive")]
    Task Receive(EdgeBatch batch);
}

/// <summary>
/// The place in one silo where edges subscribe their streams. Key: the silo's id, and it is placed on that silo.
/// It holds nothing itself: losing the activation loses no subscription.
/// </summary>
[Alias("notify.IEdgeSubscriptionGrain")]
public interface IEdgeSubscriptionGrain : IGrainWithStringKey
{
    /// <summary>
    /// From now on this silo sends the edge's stream to <paramref name="observer"/>, beginning with a beacon; what is unconfirmed
    /// is sent again. Idempotent; of several the newest <paramref name="registration"/> wins.
    /// </summary>
    [Alias("Subscribe")]
    Task Subscribe(EdgeId edge, IEdgeObserver observer, long registration);

    /// <summary>Stops sending to the edge, unless a newer registration has come.</summary>
    [Alias("Unsubscribe")]
    Task Unsubscribe(EdgeId edge, long registration);
}
