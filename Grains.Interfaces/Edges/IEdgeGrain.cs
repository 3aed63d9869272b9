namespace Notify;

/// <summary>The way to one edge's connections. Key: the edge's id. Keeps nothing: losing the activation loses nothing.</summary>
[Alias("notify.IEdgeGrain")]
public interface IEdgeGrain : IGrainWithStringKey
{
    /// <summary>
    /// Sends one notification to one connection of this edge, in the order of the calls; at most once, without a log.
    /// The receipt counts 0 edges and 0 connections when the edge is gone or was never heard of by this silo; 1 and 1 when it
    /// was sent (the connection may have closed meanwhile, or be of another tenant than <paramref name="tenant"/>; null: any).
    /// </summary>
    /// <exception cref="ArgumentException">A field breaks its limit.</exception>
    /// <exception cref="NotAcknowledgedException">The outbox towards the edge is full.</exception>
    [Alias("PushToConnection")]
    Task<PushReceipt> PushToConnection(ConnectionId connection, Notification notification, string? tenant = null);
}
