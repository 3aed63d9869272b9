using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Delivery;
using Notify.Protocol;
using Notify.Streams;

namespace Notify.EdgeHost.Resume;

/// <summary>
/// Brings returning clients back to live: finds out what each of their channels still has for them, and sends it as fast as they take it.
/// Under the delivery worker only.
/// </summary>
internal sealed class Replays(
    FanOut fanOut, Backlogs backlogs, ReplayReads reads, DeliveryWorker worker, ConnectionOptions options, Func<TimeSpan> now,
    Action<Connection, CloseReason> close)
{
    private readonly int _roomBytes = options.OutboxLimitBytes / 2; // the other half is for what is live
    private readonly List<ChannelReplay> _lagging = [];

    /// <summary>What is to happen when all that a joining asked for is known.</summary>
    public required Action<Joining> OnKnown { get; init; }

    /// <summary>Before a connection joins channels: nothing of them goes to it until <see cref="Go"/>.</summary>
    public static void Hold(Joining joining, ResumeRequest request)
    {
        foreach (var channel in joining.Channels)
        {
            if (joining.Connection.SlotOf(channel) < 0) (joining.Connection.Replays ??= []).Add(new(joining.Connection, channel, request) { Joining = joining });
        }
    }

    /// <summary>The channels are joined: finds out what they have; <see cref="OnKnown"/> follows, perhaps at once.</summary>
    public void Begin(Joining joining)
    {
        joining.Remaining = 1; // held until all have been looked at
        foreach (var replay in joining.Connection.Replays?.ToArray() ?? [])
        {
            if (replay.Joining != joining) continue;
            var connection = replay.Connection;
            var entry = connection.Memberships[connection.SlotOf(replay.Channel)].Entry;
            if (replay.Request.StartOf(entry.Tag, entry.Channel.Applied) is not { } start)
            {
                _ = connection.Replays!.Remove(replay);
                continue;
            }

            replay.Backlog = backlogs.Of(entry);
            replay.Backlog.Replays++;
            replay.Sent = start;
            joining.Remaining++;
            FindOut(replay);
        }

        Known(joining);
    }

    /// <summary>The client was told: it gets what it missed.</summary>
    public void Go(Joining joining)
    {
        foreach (var replay in joining.Connection.Replays?.ToArray() ?? [])
        {
            if (replay.Joining != joining) continue;
            replay.Joining = null;
            replay.HasBegun = true;
            Advance(replay);
        }
    }

    /// <summary>
    /// Too much waits for a connection, which has a channel's notifications up to a position: it gets the rest as it makes room. A burst
    /// costs it nothing but that; who is still behind after a while is slow.
    /// </summary>
    public void Lag(Connection connection, ChannelEntry entry, Position sent)
    {
        if (options.CatchUpTimeout == TimeSpan.Zero)
        {
            close(connection, Slow);
            return;
        }

        var backlog = backlogs.Of(entry);
        backlog.Replays++;
        var replay = new ChannelReplay(connection, entry.Id, ResumeRequest.Rest) { Backlog = backlog, Sent = sent, HasBegun = true, LagsSince = now() };
        (connection.Replays ??= []).Add(replay);
        _lagging.Add(replay);
        if (!connection.Outbox.NotifyBelow(_roomBytes / 2, () => worker.Post(() => Continue(connection)))) worker.Post(() => Continue(connection));
    }

    /// <summary>A second has passed: who has been behind for too long is closed.</summary>
    public void Tick()
    {
        _ = _lagging.RemoveAll(static replay => replay.IsOver);
        foreach (var replay in _lagging.ToArray())
        {
            if (now() - replay.LagsSince >= options.CatchUpTimeout) close(replay.Connection, Slow);
        }
    }

    /// <summary>Whether a delivery that is live for a channel goes to a connection that may still be on its way there.</summary>
    public bool Admits(Connection connection, ChannelEntry entry, EdgeDelivery delivery)
    {
        if (connection.FindReplay(entry.Id) is not { } replay) return true;
        if (!replay.HasBegun || !replay.IsAhead) return false; // the replay brings it
        var (position, sent) = (delivery.Position, replay.Sent);
        if (delivery.Kind != DeliveryKind.Retained) return true;
        if (position.Epoch < sent.Epoch || (position.Epoch == sent.Epoch && position.Offset <= sent.Offset)) return false;
        End(replay);
        return true;
    }

    /// <summary>A connection leaves a channel, or altogether.</summary>
    public void Drop(Connection connection, ChannelId? channel = null)
    {
        foreach (var replay in connection.Replays?.ToArray() ?? [])
        {
            if (channel is null || replay.Channel == channel) End(replay);
        }
    }

    /// <summary>A connection is pinged: who has made no progress since the last time is closed, whose cursor is old gets a new one.</summary>
    public void OnPing(Connection connection)
    {
        foreach (var replay in connection.Replays ?? [])
        {
            if (replay.HasBegun && !replay.IsAhead && replay.Sent == replay.LastSeen)
            {
                close(connection, replay.IsWaiting ? new(CloseCodes.NotJoined, "the log does not answer") : Slow);
                return;
            }

            replay.LastSeen = replay.Sent;
        }

        if (!connection.IsWelcomed || !connection.IsCursorOld) return;
        connection.IsCursorOld = false;
        var cursor = CursorOf(connection);
        _ = connection.Send(connection.Transport.Kind == ConnectionTransport.Sse
            ? new("\n"u8.ToArray(), FrameLoss.Drops) { Cursor = cursor }
            : new(FrameEncoder.OfThread.CursorMessage(cursor), FrameLoss.Drops));
    }

    /// <summary>Where a connection is, with all that was offered to it.</summary>
    public static Cursor CursorOf(Connection connection)
    {
        var cursor = new Cursor();
        foreach (var membership in connection.Memberships)
        {
            var position = connection.FindReplay(membership.Entry.Id) is { } replay ? replay.Sent : membership.Entry.Channel.Applied;
            if (position.IsKnown) _ = cursor.Set(membership.Entry.Tag, position.Epoch, position.Offset);
        }

        return cursor;
    }

    /// <summary>A read was answered for these.</summary>
    public void OnRead(ChannelReplay replay, ChannelPage page)
    {
        if (replay.IsOver) return;
        if (!replay.HasBegun && replay.Recovered is null) FindOut(replay, page);
        else if (replay.HasBegun) Advance(replay);
    }

    private static CloseReason Slow => new(CloseCodes.Slow, "slow");

    private void FindOut(ChannelReplay replay, ChannelPage? page = null)
    {
        var backlog = replay.Backlog!;
        var applied = backlog.Entry.Channel.Applied;
        var sent = replay.Sent;
        if (sent == applied || (sent.Epoch == applied.Epoch && sent.Offset < applied.Offset && backlog.Find(sent) is not null))
        {
            Know(replay, true, sent);
        }
        else if (sent.Epoch == applied.Epoch && sent.Offset < applied.Offset)
        {
            if (backlog.OldestAfter(sent) is not { } oldest) reads.Wait(replay);
            else Know(replay, replay.Request.Since is { } since && oldest.Count > 0 && oldest[0].Notification.Time <= since, oldest.Start);
        }
        else if (sent.Epoch < applied.Epoch)
        {
            Know(replay, false, applied with { Offset = 0 }); // of the new history it has nothing
        }
        else if (page is null)
        {
            reads.Wait(replay); // it comes from an edge that was further, or from nowhere: the log's head tells
        }
        else if (page.Head.Epoch == sent.Epoch && page.Head.Offset >= sent.Offset)
        {
            Know(replay, true, sent);
        }
        else
        {
            Know(replay, false, applied);
        }
    }

    private void Know(ChannelReplay replay, bool recovered, Position sent)
    {
        replay.Recovered = recovered;
        replay.Sent = sent;
        if (replay.Joining is { } joining) Known(joining);
    }

    private void Known(Joining joining)
    {
        if (--joining.Remaining == 0) OnKnown(joining);
    }

    private void Advance(ChannelReplay replay)
    {
        var connection = replay.Connection;
        var backlog = backlogs.Of(replay.Backlog!.Entry);
        bool isFree = true;
        while (isFree && !replay.IsOver && !replay.IsWaiting && connection.ClosedBy is null)
        {
            var applied = backlog.Entry.Channel.Applied;
            replay.IsAhead = replay.Sent.Epoch > applied.Epoch || (replay.Sent.Epoch == applied.Epoch && replay.Sent.Offset > applied.Offset);
            if (replay.IsAhead) return;
            if (replay.Sent == applied)
            {
                End(replay);
                return;
            }

            if (replay.Sent.Epoch < applied.Epoch) replay.Sent = applied with { Offset = 0 };
            else if (backlog.Find(replay.Sent) is { } run) isFree = Send(replay, backlog, run, applied);
            else if (backlog.OldestAfter(replay.Sent) is not null) close(connection, new(CloseCodes.Slow, "retention was faster")); // the next welcome says so
            else reads.Wait(replay);
        }
    }

    /// <summary>Sends what a run has; false when the client must take some of it first, or is gone.</summary>
    private bool Send(ChannelReplay replay, Backlog backlog, Run run, Position applied)
    {
        var connection = replay.Connection;
        for (int i = run.IndexAfter(replay.Sent); i < run.Count && run[i].Position.Offset <= applied.Offset; i++)
        {
            var frames = run[i];
            if (IsWanted(replay, backlog, run, frames))
            {
                var frame = frames.For(connection.Transport.Kind);
                if (!HasRoom(connection, frame.Bytes.Length) || !fanOut.Offer(connection, frame)) return false;
            }
            else
            {
                connection.IsCursorOld = true;
            }

            replay.Sent = frames.Position;
        }

        var end = run == backlog.Newest ? applied : backlog.Page!.Value.End;
        replay.Sent = end.Offset < applied.Offset ? end : applied;
        return true;
    }

    private bool IsWanted(ChannelReplay replay, Backlog backlog, Run run, DeliveryFrames frames)
    {
        var notification = frames.Notification;
        if (notification.Time < replay.Request.Since || !IsFit(frames)) return false;
        return notification.CollapseKey is not { } key
            || !(run.HasLater(key, frames.Position, IsFit) || (run != backlog.Newest && backlog.Newest.HasLater(key, frames.Position, IsFit)));

        bool IsFit(DeliveryFrames one) => !fanOut.IsExpired(one.Notification) && one.IsFor(replay.Connection.Entry);
    }

    private bool HasRoom(Connection connection, int bytes)
    {
        if (connection.Outbox.Bytes == 0 || connection.Outbox.Bytes + bytes <= _roomBytes) return true;
        int enough = Math.Clamp(_roomBytes - bytes, 0, _roomBytes / 2);
        return !connection.Outbox.NotifyBelow(enough, () => worker.Post(() => Continue(connection)));
    }

    private void Continue(Connection connection)
    {
        foreach (var replay in connection.Replays?.ToArray() ?? [])
        {
            if (replay.HasBegun && !replay.IsOver) Advance(replay);
        }
    }

    private void End(ChannelReplay replay)
    {
        if (replay.IsOver) return;
        replay.IsOver = true;
        var all = replay.Connection.Replays!;
        _ = all.Remove(replay);
        if (all.Count == 0) replay.Connection.Replays = null;
        if (replay.Backlog is { } backlog) backlogs.OnReplayOver(backlog);
    }
}
