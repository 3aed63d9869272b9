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
/// <remarks>
/// Offering is a fraction of sending (a frame's place in a list against a system call), so it is done for all members at once: who joins or
/// leaves comes before a notification or after it. Sending is what is put off: first what few get, then, a slice at a time, what many get,
/// with other work between the slices. Each outbox keeps its own order, whatever it is flushed for.
/// </remarks>
internal sealed class FanOut(Action<Connection, CloseReason> close, TimeProvider clock, EdgeMetrics metrics, ILogger logger) : IEmitter
{
    /// <summary>To how many connections is sent before other work has its turn: 1 to 3 ms of a core.</summary>
    public const int SliceConnections = 256;

    private readonly List<Connection> _few = []; // that something for few waits for
    private readonly Queue<Connection> _many = new();
    private readonly DeliverySpans _spans = new();
    private bool _isForMany;

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
        var span = _spans.Begin(delivery);
        int sent = 0;
        _isForMany = target.Members.Count > SliceConnections;
        foreach (var member in target.Members.All)
        {
            var connection = member.Connection;
            if (!connection.IsWelcomed || (connection.Replays is not null && !Admits(connection, target, delivery))) continue;
            if (isExpired || !frames.IsFor(connection.Entry)) connection.IsCursorOld |= isRetained;
            else if (TryOffer(connection, frames.For(connection.Kind), out bool isFull)) sent++;
            else if (isFull) Lag(connection, target, delivery.Position.Plus(-1));
        }

        _isForMany = false;
        frames.DropFrames(); // few pushes are read by a client that returns: the collector shall not carry the frames of all
        metrics.Delivered(sent);
        DeliverySpans.Offered(span, sent);
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
        var span = _spans.Begin(delivery);
        int sent = frames.IsFor(connection.Entry) && Offer(connection, frames.For(connection.Kind)) ? 1 : 0;
        metrics.Delivered(sent);
        DeliverySpans.Offered(span, sent);
    }

    /// <summary>Sends what was offered for few, and a slice of what was for many; whether there is more of that.</summary>
    public bool Flush()
    {
        foreach (var connection in _few)
        {
            connection.WaitsAmongFew = false;
            connection.Outbox.Flush();
        }

        _few.Clear();
        for (int i = 0; i < SliceConnections && _many.TryDequeue(out var connection); i++)
        {
            connection.WaitsAmongMany = false;
            connection.Outbox.Flush();
        }

        if (_many.Count == 0) _spans.Written();
        return _many.Count > 0;
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
        switch (connection.Outbox.Offer(frame, out bool isMuch))
        {
            case OfferOutcome.Queued:
                if (isMuch) connection.Outbox.Flush();
                else PutOff(connection);
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

    private void PutOff(Connection connection)
    {
        if (_isForMany)
        {
            if (!connection.WaitsAmongMany) _many.Enqueue(connection);
            connection.WaitsAmongMany = true;
        }
        else
        {
            if (!connection.WaitsAmongFew) _few.Add(connection);
            connection.WaitsAmongFew = true;
        }
    }
}
