using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Resume;
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
    private const int EarlyFlushBytes = 64 * 1024; // about what a socket takes at once: more need not wait for the end of the burst

    private readonly List<Connection> _dirty = [];

    /// <summary>The channel whose notifications are emitted now.</summary>
    public ChannelEntry? Target { get; set; }

    /// <summary>What is remembered for clients that return.</summary>
    public required Backlogs Backlogs { get; init; }

    /// <summary>Whether a connection is live on the channel as far as this delivery goes.</summary>
    public required Func<Connection, ChannelEntry, EdgeDelivery, bool> Admits { get; init; }

    /// <summary>A retained notification of a channel did not fit for a connection, which has everything before it.</summary>
    public required Action<Connection, ChannelEntry, Position> OnFull { get; init; }

    /// <inheritdoc/>
    public void Emit(EdgeDelivery delivery)
    {
        var target = Target!;
        var notification = delivery.Notification!;
        bool isRetained = delivery.Kind == DeliveryKind.Retained;
        var frames = new DeliveryFrames(delivery, target.Tag);
        if (isRetained) Backlogs.Append(target, frames);
        if (target.Members.Count == 0) return;
        bool isExpired = IsExpired(notification);
        int sent = 0;
        foreach (var member in target.Members.All)
        {
            var connection = member.Connection;
            if (!connection.IsWelcomed || (connection.Replays is not null && !Admits(connection, target, delivery))) continue;
            if (isExpired || !frames.IsFor(connection.Entry)) connection.IsCursorOld |= isRetained;
            else if (TryOffer(connection, frames.For(connection.Transport.Kind), out bool isFull)) sent++;
            else if (isFull) Lag(connection, target, delivery.Position.Plus(-1));
        }

        metrics.Delivered(sent);
    }

    /// <inheritdoc/>
    public void HistoryLost(ChannelId channel, Position newStart)
    {
        metrics.HistoryLost();
        EdgeLog.HistoryLost(logger, channel, newStart);
        Backlogs.OnHistoryLost(Target!, newStart);
    }

    /// <summary>Brings a notification to one connection.</summary>
    public void EmitTo(Connection connection, EdgeDelivery delivery)
    {
        if (!connection.IsWelcomed || IsExpired(delivery.Notification!)) return;
        var frames = new DeliveryFrames(delivery, 0);
        if (frames.IsFor(connection.Entry) && Offer(connection, frames.For(connection.Transport.Kind))) metrics.Delivered(1);
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

    /// <summary>Whether it is too late for a notification.</summary>
    public bool IsExpired(Notification notification) => notification.ExpiresAt is { } end && end <= clock.GetUtcNow();

    /// <summary>Puts a frame into a connection's outbox; sent with the next <see cref="Flush"/>. A full one closes the connection.</summary>
    public bool Offer(Connection connection, Frame frame)
    {
        if (TryOffer(connection, frame, out bool isFull)) return true;
        if (isFull) close(connection, new(CloseCodes.Slow, "slow"));
        return false;
    }

    private void Lag(Connection connection, ChannelEntry target, Position sent)
    {
        metrics.Lagged();
        OnFull(connection, target, sent);
    }

    private bool TryOffer(Connection connection, Frame frame, out bool isFull)
    {
        isFull = false;
        switch (connection.Outbox.Offer(frame))
        {
            case OfferOutcome.Queued:
                if (!connection.IsDirty) _dirty.Add(connection);
                connection.IsDirty = true;
                if (connection.Outbox.Bytes > EarlyFlushBytes) connection.Outbox.Flush();
                return true;
            case OfferOutcome.Dropped:
                metrics.Dropped();
                return false;
            case OfferOutcome.Full:
                isFull = true;
                return false;
            default:
                return false;
        }
    }
}
