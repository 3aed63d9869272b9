using Notify.EdgeHost.Delivery;

namespace Notify.EdgeHost.Resume;

/// <summary>The backlogs of all channels, within the edge's limit: the one that was quiet for longest goes first. Under the delivery worker only.</summary>
internal sealed class Backlogs(ResumeOptions options)
{
    private readonly LinkedList<Backlog> _byChange = []; // those that weigh something

    /// <summary>What all of them weigh.</summary>
    public long Bytes { get; private set; }

    /// <summary>The backlog of a joined channel, up to its applied position.</summary>
    public Backlog Of(ChannelEntry entry)
    {
        var applied = entry.Channel.Applied;
        var backlog = entry.Backlog ??= new(entry, applied);
        if (backlog.Joins != entry.Channel.Joins || backlog.Newest.Start.Epoch != applied.Epoch) Change(backlog, () => backlog.Reset(applied));
        return backlog;
    }

    /// <summary>A retained notification has become the channel's newest.</summary>
    public void Append(ChannelEntry entry, DeliveryFrames frames)
    {
        var before = frames.Position.Plus(-1);
        var backlog = entry.Backlog ??= new(entry, before);
        long bytes = backlog.Bytes;
        if (backlog.Joins != entry.Channel.Joins || backlog.Newest.Start.Epoch != before.Epoch) backlog.Reset(before);
        backlog.Newest.Append(frames);
        while (backlog.Newest.Count > 0 && backlog.Newest.Bytes > options.RunLimitBytes) backlog.Newest.DropOldest();
        Changed(backlog, bytes);
    }

    /// <summary>Something before a position is lost to this edge.</summary>
    public void OnHistoryLost(ChannelEntry entry, Position start)
    {
        if (entry.Backlog is { } backlog) Change(backlog, () => backlog.Reset(start));
    }

    /// <summary>A page was read after a position.</summary>
    public void Take(Backlog backlog, Position after, ChannelPage page, bool isExact) =>
        Change(backlog, () => backlog.Take(after, page, isExact, options.RunLimitBytes));

    /// <summary>A replay of this channel has ended.</summary>
    public void OnReplayOver(Backlog backlog)
    {
        if (--backlog.Replays == 0 && backlog.Page is not null) Change(backlog, () => backlog.Page = null);
    }

    /// <summary>The channel is gone from this edge.</summary>
    public void Forget(ChannelEntry entry)
    {
        if (entry.Backlog is not { } backlog) return;
        entry.Backlog = null;
        Change(backlog, () => backlog.Reset(default));
    }

    private void Change(Backlog backlog, Action change)
    {
        long before = backlog.Bytes;
        change();
        Changed(backlog, before);
    }

    private void Changed(Backlog backlog, long before)
    {
        Place(backlog, before);
        while (Bytes > options.RunsLimitBytes && _byChange.First is { } oldest && oldest.Value != backlog)
        {
            long bytes = oldest.Value.Bytes;
            oldest.Value.Reset(oldest.Value.Entry.Channel.Applied);
            Place(oldest.Value, bytes);
        }
    }

    private void Place(Backlog backlog, long before)
    {
        Bytes += backlog.Bytes - before;
        if (backlog.Place is { } old) _byChange.Remove(old);
        backlog.Place = backlog.Bytes > 0 ? backlog.Place ?? new(backlog) : null;
        if (backlog.Place is { } place) _byChange.AddLast(place);
    }
}
