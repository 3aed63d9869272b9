using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Telemetry;
using Notify.Protocol;
using Notify.Streams;

namespace Notify.EdgeHost.Delivery;

/// <summary>
/// Brings a notification to the members it is meant for: encoded once per transport, offered to each outbox, sent when the
/// worker's burst is over. Never waits for a socket. Under the delivery worker only.
/// </summary>
internal sealed class FanOut(Action<Connection, CloseReason> close, TimeProvider clock, EdgeMetrics metrics, ILogger logger) : IEmitter
{
    private readonly List<Connection> _dirty = [];

    /// <summary>The channel whose notifications are emitted now.</summary>
    public ChannelEntry? Target { get; set; }

    /// <inheritdoc/>
    public void Emit(EdgeDelivery delivery)
    {
        var notification = delivery.Notification!;
        if (IsExpired(notification) || Target!.Members.Count == 0) return;
        var frames = new Frames(delivery);
        int sent = 0;
        foreach (var member in Target.Members.All)
        {
            var connection = member.Connection;
            if (!connection.IsWelcomed || !IsMeant(notification, connection.Entry)) continue;
            if (Deliver(connection, frames.For(connection.Transport.Kind))) sent++;
        }

        metrics.Delivered(sent);
    }

    /// <inheritdoc/>
    public void HistoryLost(ChannelId channel, Position newStart)
    {
        metrics.HistoryLost();
        EdgeLog.HistoryLost(logger, channel, newStart);
    }

    /// <summary>Brings a notification to one connection.</summary>
    public void EmitTo(Connection connection, EdgeDelivery delivery)
    {
        if (!connection.IsWelcomed || IsExpired(delivery.Notification!)) return;
        if (Deliver(connection, new Frames(delivery).For(connection.Transport.Kind))) metrics.Delivered(1);
    }

    /// <summary>Sends what was offered since the last time.</summary>
    public void Flush()
    {
        foreach (var connection in _dirty)
        {
            connection.IsDirty = false;
            connection.Outbox.Flush();
        }

        _dirty.Clear();
    }

    private static bool IsMeant(Notification notification, ConnectionEntry connection) =>
        (notification.Component is null || string.Equals(notification.Component, connection.Component, StringComparison.Ordinal))
        && (notification.ClientId is null || string.Equals(notification.ClientId, connection.ClientId, StringComparison.Ordinal));

    private bool IsExpired(Notification notification) => notification.ExpiresAt is { } end && end <= clock.GetUtcNow();

    private bool Deliver(Connection connection, Frame frame)
    {
        switch (connection.Outbox.Offer(frame))
        {
            case OfferOutcome.Queued:
                if (!connection.IsDirty) _dirty.Add(connection);
                connection.IsDirty = true;
                return true;
            case OfferOutcome.Dropped:
                metrics.Dropped();
                return false;
            case OfferOutcome.Full:
                close(connection, new(CloseCodes.Slow, "slow"));
                return false;
            default:
                return false;
        }
    }

    /// <summary>The frames of one notification, made when the first connection of a transport needs them.</summary>
    private ref struct Frames(EdgeDelivery delivery)
    {
        private Frame? _webSocket;
        private Frame? _sse;

        public Frame For(ConnectionTransport transport) => transport == ConnectionTransport.Sse
            ? _sse ??= new(FrameEncoder.OfThread.NotificationEvent(Wire.NotificationOf(delivery)), LossOf(delivery))
            : _webSocket ??= new(FrameEncoder.OfThread.NotificationMessage(Wire.NotificationOf(delivery)), LossOf(delivery));

        private static FrameLoss LossOf(EdgeDelivery delivery) =>
            delivery.Kind == DeliveryKind.Retained ? FrameLoss.Closes : FrameLoss.Drops;
    }
}
