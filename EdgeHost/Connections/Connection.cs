using System.Globalization;
using Notify.EdgeHost.Resume;
using Notify.EdgeHost.Security;
using Notify.EdgeHost.Transports;
using Notify.Protocol;

namespace Notify.EdgeHost.Connections;

/// <summary>
/// One client link at this edge. What says so is touched by the delivery worker only; closing and offering are thread safe.
/// </summary>
internal sealed class Connection
{
    private Membership[] _memberships = [];
    private int _membershipCount;
    private bool _isHeard = true;
    private List<(ClientFrame Frame, IReadOnlyList<TopicId> Topics)>? _early;

    public Connection(ConnectionId id, long serial, ClientIdentity identity, ITransport transport, DateTimeOffset now, int outboxLimitBytes, INotifyPublisher publisher)
    {
        Serial = serial;
        Identity = identity;
        Transport = transport;
        Kind = transport.Kind;
        Outbox = new(transport, outboxLimitBytes);
        Entry = new()
        {
            Id = id,
            Tenant = identity.Tenant,
            User = identity.User,
            Company = identity.Company,
            Component = identity.Component,
            ClientId = identity.ClientId,
            Attributes = identity.Attributes,
            Transport = transport.Kind,
            ConnectedAt = now,
        };
        Client = new(Entry, publisher);
    }

    /// <summary>What the cluster knows of it.</summary>
    public ConnectionEntry Entry { get; private set; }

    /// <summary>Who it is and what it may do; replaced as a whole when its token is renewed.</summary>
    public ClientIdentity Identity { get; private set => Volatile.Write(ref field, value); }

    /// <summary>Worker only: it waits in the list of those that expire soon.</summary>
    public bool IsExpiring { get; set; }

    /// <summary>How handlers and hooks see it.</summary>
    public ClientConnection Client { get; }

    /// <summary>Grows from connection to connection: the order in which they came.</summary>
    public long Serial { get; }

    /// <summary>The way to the socket.</summary>
    public ITransport Transport { get; }

    /// <summary>Which frames it takes.</summary>
    public ConnectionTransport Kind { get; }

    /// <summary>What waits for the client.</summary>
    public ConnectionOutbox Outbox { get; }

    /// <summary>Why the server closed it; null while it has not.</summary>
    public CloseReason? ClosedBy { get; private set; }

    /// <summary>The code with which the client closed it, where it did first; by the reader, before it leaves.</summary>
    public int ClientCloseCode { get; set; }

    /// <summary>Worker only: all its channels are joined and the client was told so.</summary>
    public bool IsWelcomed { get; set; }

    /// <summary>Worker only: it is in no list any more.</summary>
    public bool HasLeft { get; set; }

    /// <summary>Worker only: something that few get waits to be flushed.</summary>
    public bool WaitsAmongFew { get; set; }

    /// <summary>Worker only: something that many get waits to be flushed.</summary>
    public bool WaitsAmongMany { get; set; }

    /// <summary>Worker only: channels that it is not live on yet; null: none.</summary>
    public List<ChannelReplay>? Replays { get; set; }

    /// <summary>Worker only: a channel moved on without a notification for it since its cursor was renewed.</summary>
    public bool IsCursorOld { get; set; }

    /// <summary>Worker only: its place in the ping wheel.</summary>
    public int WheelIndex { get; set; }

    /// <summary>Worker only: a ping is out and nothing has come since.</summary>
    public bool IsPinged { get; set; }

    /// <summary>Worker only: when an answer to a close is waited for no longer.</summary>
    public TimeSpan CloseDeadline { get; set; }

    /// <summary>Frames that could not be understood since the last ping; by the reader, reset by the worker.</summary>
    public int BadFrames { get; set; }

    /// <summary>Frames over the limits since the last ping; by the reader, reset by the worker.</summary>
    public int RefusedFrames { get; set; }

    /// <summary>Worker only: its channels.</summary>
    public Span<Membership> Memberships => _memberships.AsSpan(0, _membershipCount);

    /// <summary>The part of the id after the edge's.</summary>
    public static string LocalOf(long serial) => serial.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>The client has renewed its identity; who it is stays.</summary>
    public void Renew(ClientIdentity identity)
    {
        Identity = Identity with { Grant = identity.Grant, Attributes = identity.Attributes };
        Entry = Entry with { Attributes = identity.Attributes };
        Client.Renew(Entry);
    }

    /// <summary>Something came from the client.</summary>
    public void Heard() => Volatile.Write(ref _isHeard, true);

    /// <summary>Worker only: whether something came since the last call.</summary>
    public bool TakeHeard()
    {
        bool isHeard = Volatile.Read(ref _isHeard);
        Volatile.Write(ref _isHeard, false);
        return isHeard;
    }

    /// <summary>Offers a frame and sends it at once: for what is not part of a fan-out.</summary>
    public OfferOutcome Send(Frame frame)
    {
        var outcome = Outbox.Offer(frame);
        if (outcome == OfferOutcome.Queued) Outbox.Flush();
        else if (outcome == OfferOutcome.Full) _ = Close(new(CloseCodes.Slow, "slow"), discardWaiting: true);
        return outcome;
    }

    /// <summary>Says goodbye after what waits, or instead of it; false when it was closed before.</summary>
    public bool Close(CloseReason reason, bool discardWaiting = false)
    {
        if (!Outbox.Close(reason, discardWaiting)) return false;
        ClosedBy = reason;
        return true;
    }

    /// <summary>Worker only: keeps a frame that came before the welcome; false when there are too many.</summary>
    public bool AddEarly(ClientFrame frame, IReadOnlyList<TopicId> topics)
    {
        const int limitFrames = 64;
        _early ??= [];
        if (_early.Count == limitFrames) return false;
        _early.Add((frame, topics));
        return true;
    }

    /// <summary>Worker only: the frames that came before the welcome; null: none did.</summary>
    public List<(ClientFrame Frame, IReadOnlyList<TopicId> Topics)>? TakeEarly()
    {
        var early = _early;
        _early = null;
        return early;
    }

    /// <summary>Worker only.</summary>
    public int AddMembership(Membership membership)
    {
        if (_membershipCount == _memberships.Length) Array.Resize(ref _memberships, Math.Max(3, 2 * _membershipCount));
        _memberships[_membershipCount] = membership;
        return _membershipCount++;
    }

    /// <summary>Worker only: frees a slot; answers the membership that moved into it, if one did.</summary>
    public Membership? RemoveMembership(int slot)
    {
        var last = _memberships[--_membershipCount];
        _memberships[_membershipCount] = default;
        if (slot == _membershipCount) return null;
        _memberships[slot] = last;
        return last;
    }

    /// <summary>Worker only: the channel's way back to live; null: it is live, or not a member.</summary>
    public ChannelReplay? FindReplay(ChannelId channel) => Replays?.Find(replay => replay.Channel == channel);

    /// <summary>Worker only: the slot of a channel; -1 when it is not a member.</summary>
    public int SlotOf(ChannelId channel)
    {
        for (int i = 0; i < _membershipCount; i++)
        {
            if (_memberships[i].Entry.Id == channel) return i;
        }

        return -1;
    }
}
