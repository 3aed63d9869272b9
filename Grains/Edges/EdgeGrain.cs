using Microsoft.Extensions.Options;
using Notify.Grains.Channels;
using Notify.Streams;

namespace Notify.Grains.Edges;

/// <summary>Sends to single connections of one edge through this silo's outbox.</summary>
internal sealed class EdgeGrain(EdgeOutboxes outboxes, TimeProvider time, IOptions<ChannelOptions> options) : Grain, IEdgeGrain
{
    /// <inheritdoc/>
    public Task<PushReceipt> PushToConnection(ConnectionId connection, Notification notification, string? tenant)
    {
        if (PushRules.Check(notification, options.Value.PayloadLimitBytes) is { } bad) throw new ArgumentException(bad);
        if (connection.Edge.Value != this.GetPrimaryKeyString()) throw new ArgumentException("The connection is of another edge.");

        var now = time.GetUtcNow();
        int sent = 0;
        if (outboxes.Find(connection.Edge) is { HasEnded: false } edge && !(notification.ExpiresAt <= now))
        {
            var delivery = new EdgeDelivery { Kind = DeliveryKind.Direct, Connection = connection, Notification = notification with { Time = now }, Tenant = tenant };
            if (edge.Offer(delivery)) sent = 1;
            else if (!edge.HasEnded) throw new NotAcknowledgedException("The outbox towards the edge is full; try again.");
        }

        return Task.FromResult(new PushReceipt(notification.Id, default, sent, sent, IsRepeat: false));
    }
}
