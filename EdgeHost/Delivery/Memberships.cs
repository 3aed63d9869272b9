using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Hooks;
using Notify.EdgeHost.Resume;
using Notify.EdgeHost.Security;
using Notify.EdgeHost.Telemetry;
using Notify.Protocol;

namespace Notify.EdgeHost.Delivery;

/// <summary>
/// Brings connections into their channels and out of them again: the first joins with the welcome at their end, and the topics that a
/// client asks for later. Under the delivery worker only.
/// </summary>
internal sealed class Memberships(
    EdgeId edge,
    EdgeChannels channels,
    EdgeConnections connections,
    Replays replays,
    ConnectionOptions options,
    TimeProvider clock,
    Func<TimeSpan> now,
    EdgeMetrics metrics)
{
    private readonly Queue<Joining> _joining = [];

    /// <summary>Whether the lease has ended by this edge's own clock: then nobody is welcomed any more.</summary>
    public required Func<bool> IsLeaseLost { get; init; }

    /// <summary>What is to happen when it has.</summary>
    public required Action OnLeaseLost { get; init; }

    /// <summary>Whether an identity was revoked; checked again here, where revoking and joining come one after the other.</summary>
    public Func<ClientIdentity, bool> IsRevoked { get; init; } = static _ => false;

    /// <summary>What is to happen when a connection's identity is new: it may expire soon.</summary>
    public Action<Connection> OnIdentity { get; init; } = static _ => { };

    /// <summary>Who is told of connections that come and go.</summary>
    public required ConnectionHooks Hooks { get; init; }

    /// <summary>When set, whoever joins is closed with this.</summary>
    public CloseReason? ClosingAll { get; set; }

    /// <summary>A connection has come.</summary>
    public void Join(Connection connection, IReadOnlyList<TopicId> topics, ResumeRequest? resume)
    {
        connections.Add(connection);
        if (ClosingAll is { } reason)
        {
            connections.Close(connection, reason, now());
            return;
        }

        if (IsRevoked(connection.Identity))
        {
            Close(connection, CloseCodes.Revoked, "revoked");
            return;
        }

        OnIdentity(connection);
        var entry = connection.Entry;
        var user = new UserId(entry.Tenant, entry.User).Channel;
        if (entry.ClientId is not null) Replace(user, entry.ClientId);
        var joined = new List<ChannelId>(3 + topics.Count) { user };
        if (entry.Company is not null) joined.Add(new CompanyId(entry.Tenant, entry.Company).Channel);
        joined.Add(new EveryoneId("").Channel); // one for all tenants: pushing to it needs a platform key
        foreach (var topic in topics) joined.Add(topic.Channel);
        Start(connection, default, [.. joined], isWelcome: true, resume);
    }

    /// <summary>A connection is gone.</summary>
    public void Leave(Connection connection)
    {
        if (connection.HasLeft) return;
        connection.HasLeft = true;
        replays.Drop(connection);
        while (connection.Memberships.Length > 0) channels.Leave(connection, connection.Memberships.Length - 1);
        connections.Remove(connection);
        if (connection.IsWelcomed) Hooks.Disconnected(connection);
    }

    /// <summary>A subscribe or unsubscribe frame has come.</summary>
    public void OnTopics(Connection connection, ClientFrame frame, IReadOnlyList<TopicId> topics)
    {
        if (connection.HasLeft || connection.ClosedBy is not null) return;
        if (!connection.IsWelcomed)
        {
            if (!connection.AddEarly(frame, topics)) Close(connection, CloseCodes.BadRequest, "too many frames before the welcome");
            return;
        }

        ChannelId[] wanted = [.. topics.Select(t => t.Channel).Distinct()];
        if (frame.Kind == ClientFrameKind.Unsubscribe) Unsubscribe(connection, frame, wanted);
        else Subscribe(connection, frame, wanted);
    }

    /// <summary>A client's identity is new: what it may not have any more is left, and it is told what that was.</summary>
    public void OnRenewed(Connection connection, ReadOnlyMemory<byte> reference)
    {
        if (connection.HasLeft || connection.ClosedBy is not null) return;
        if (IsRevoked(connection.Identity))
        {
            Close(connection, CloseCodes.Revoked, "revoked");
            return;
        }

        OnIdentity(connection);
        var left = new List<WireChannel>();
        for (int slot = connection.Memberships.Length - 1; slot >= 0; slot--)
        {
            var channel = connection.Memberships[slot].Entry.Id;
            if (MayHave(connection, channel)) continue;
            left.Add(Wire.ChannelOf(channel, channels.AppliedOf(channel)));
            _ = Leave(connection, channel);
        }

        Reply(connection, new(FrameTypes.Token, reference, left));
    }

    /// <summary>All channels of a joining are joined.</summary>
    public void OnJoined(Joining joining)
    {
        if (joining.Connection.HasLeft) return;
        foreach (var channel in joining.Channels)
        {
            if (!MayHave(joining.Connection, channel)) _ = Leave(joining.Connection, channel); // renewed while it joined
        }

        if (joining.Resume is null) Answer(joining);
        else replays.Begin(joining);
    }

    /// <summary>What a joining has been waiting for is there: the client is told, and gets what it missed.</summary>
    public void Answer(Joining joining)
    {
        var connection = joining.Connection;
        if (connection.HasLeft) return;
        var joined = new WireChannel[joining.Channels.Length];
        for (int i = 0; i < joined.Length; i++)
        {
            var channel = joining.Channels[i];
            bool? recovered = connection.FindReplay(channel) is { } replay && replay.Joining == joining ? replay.Recovered : null;
            if (recovered is { } isRecovered) metrics.Resumed(isRecovered);
            joined[i] = Wire.ChannelOf(channel, channels.AppliedOf(channel)) with { Recovered = recovered };
        }

        if (joining.IsWelcome && !Welcome(connection, joined)) return;
        if (!joining.IsWelcome) Reply(connection, new(FrameTypes.Subscribe, joining.Ref, joined));
        replays.Go(joining);
        if (connection.TakeEarly() is not { } early) return;
        foreach (var (frame, topics) in early) OnTopics(connection, frame, topics);
    }

    /// <summary>A second has passed: gives up what takes too long.</summary>
    public void Tick()
    {
        while (_joining.TryPeek(out var joining) && (joining.Remaining <= 0 || joining.Deadline <= now()))
        {
            _ = _joining.Dequeue();
            if (joining.Remaining > 0 && !joining.Connection.HasLeft) GiveUp(joining);
        }
    }

    private static void Reply(Connection connection, ReplyFrame reply) =>
        _ = connection.Send(new(FrameEncoder.OfThread.Reply(reply), FrameLoss.Closes));

    private static void Refuse(Connection connection, string code, string message, ReadOnlyMemory<byte> reference) =>
        _ = connection.Send(new(FrameEncoder.OfThread.Error(new(code, message, reference)), FrameLoss.Closes));

    private void Start(Connection connection, ReadOnlyMemory<byte> reference, ChannelId[] wanted, bool isWelcome, ResumeRequest? resume)
    {
        var joining = new Joining(connection, reference, wanted, isWelcome, now() + options.JoinTimeout) { Resume = resume };
        if (resume is not null) Replays.Hold(joining, resume);
        channels.Join(joining);
        if (joining.Remaining > 0) _joining.Enqueue(joining);
    }

    /// <summary>False when nobody is welcomed any more.</summary>
    private bool Welcome(Connection connection, WireChannel[] joined)
    {
        if (IsLeaseLost())
        {
            Close(connection, CloseCodes.LeaseLost, "lease lost");
            OnLeaseLost();
            return false;
        }

        var welcome = new WelcomeFrame(connection.Entry.Id.ToString(), edge.Value, joined, (int)options.PingEvery.TotalSeconds)
        {
            Cursor = Replays.CursorOf(connection),
        };
        bool isSse = connection.Transport.Kind == ConnectionTransport.Sse;
        connection.IsWelcomed = true;
        _ = connection.Send(new(FrameEncoder.OfThread.Welcome(welcome, isSse, options.SseRetry), FrameLoss.Closes) { Cursor = welcome.Cursor });
        metrics.Joined(clock.GetUtcNow() - connection.Entry.ConnectedAt);
        Hooks.Connected(connection);
        return true;
    }

    private void GiveUp(Joining joining)
    {
        joining.Remaining = int.MinValue; // a late answer changes nothing
        if (joining.IsWelcome)
        {
            Close(joining.Connection, CloseCodes.NotJoined, "not joined in time");
            return;
        }

        foreach (var channel in joining.Channels) _ = Leave(joining.Connection, channel);
        Refuse(joining.Connection, ErrorCodes.NotJoined, "The topics could not be joined in time.", joining.Ref);
    }

    private static bool MayHave(Connection connection, ChannelId channel) =>
        channel.Kind != ChannelKind.Topic || connection.Identity.Grant.Topics.Permit(channel.Name);

    private void Subscribe(Connection connection, ClientFrame frame, ChannelId[] wanted)
    {
        if (!wanted.All(channel => MayHave(connection, channel)))
        {
            Refuse(connection, ErrorCodes.Forbidden, "You may not subscribe to these topics.", frame.Ref);
            return;
        }

        int count = wanted.Count(c => connection.SlotOf(c) < 0);
        foreach (var membership in connection.Memberships) count += membership.Entry.Id.Kind == ChannelKind.Topic ? 1 : 0;
        if (count <= options.TopicsLimitCount) Start(connection, frame.Ref, wanted, isWelcome: false, ResumeRequest.Read(frame.Resume, out _));
        else Refuse(connection, ErrorCodes.TooManyTopics, $"A connection may have {options.TopicsLimitCount} topics.", frame.Ref);
    }

    private void Unsubscribe(Connection connection, ClientFrame frame, ChannelId[] wanted)
    {
        var left = new List<WireChannel>();
        foreach (var channel in wanted)
        {
            var applied = channels.AppliedOf(channel);
            if (Leave(connection, channel)) left.Add(Wire.ChannelOf(channel, applied));
        }

        Reply(connection, new(FrameTypes.Unsubscribe, frame.Ref, left));
    }

    private bool Leave(Connection connection, ChannelId channel)
    {
        int slot = connection.SlotOf(channel);
        if (slot < 0) return false;
        replays.Drop(connection, channel);
        channels.Leave(connection, slot);
        return true;
    }

    /// <summary>The newest connection with a client id wins.</summary>
    private void Replace(ChannelId user, string clientId)
    {
        if (channels.Find(user) is not { } entry) return;
        foreach (var member in entry.Members.All)
        {
            if (string.Equals(member.Connection.Entry.ClientId, clientId, StringComparison.Ordinal))
                Close(member.Connection, CloseCodes.Replaced, "replaced");
        }
    }

    private void Close(Connection connection, int code, string reason) => connections.Close(connection, new(code, reason), now());
}
