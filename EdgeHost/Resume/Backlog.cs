using Notify.EdgeHost.Delivery;
using Notify.Streams;

namespace Notify.EdgeHost.Resume;

/// <summary>What an edge remembers of one channel for returning clients, and who of them waits. Under the delivery worker only.</summary>
internal sealed class Backlog(ChannelEntry entry, Position start)
{
    /// <summary>The channel.</summary>
    public ChannelEntry Entry => entry;

    /// <summary>The newest: everything after its start up to the channel's applied position.</summary>
    public Run Newest { get; private set; } = new(start);

    /// <summary>What was last read, where it does not fit <see cref="Newest"/>, with its end; null: nothing.</summary>
    public (Run Run, Position End)? Page { get; set; }

    /// <summary>The join of the channel that this belongs to.</summary>
    public int Joins { get; private set; } = entry.Channel.Joins;

    /// <summary>Replays that are under way.</summary>
    public int Replays { get; set; }

    /// <summary>Who waits for the next read.</summary>
    public List<ChannelReplay> Waiting { get; set; } = [];

    /// <summary>A read is under way.</summary>
    public bool IsReading { get; set; }

    /// <summary>The next read must begin exactly where the first of those who wait is.</summary>
    public bool IsExact { get; set; }

    /// <summary>Its place among all, by last change.</summary>
    public LinkedListNode<Backlog>? Place { get; set; }

    /// <summary>What it weighs.</summary>
    public long Bytes => Newest.Bytes + (Page?.Run.Bytes ?? 0);

    /// <summary>Forgets what it has; what comes next follows this position.</summary>
    public void Reset(Position start)
    {
        Newest = new(start);
        Page = null;
        Joins = entry.Channel.Joins;
    }

    /// <summary>
    /// Takes a page that was read after a position; the channel's epoch is the page's. Where it is incomplete, what is gone may have been
    /// before the one who asked, and the rest have expired: only a page read exactly from there tells.
    /// </summary>
    public void Take(Position after, ChannelPage page, bool isExact, long limitBytes)
    {
        var start = page.IsComplete ? after : page.Entries.IsEmpty ? page.CoveredTo : page.Entries[0].Position.Plus(-1);
        var run = new Run(start) { IsStartOldest = start.Offset == 0 || (isExact && !page.IsComplete) };
        foreach (var one in page.Entries)
        {
            run.Append(new(
                new() { Kind = DeliveryKind.Retained, Channel = entry.Id, Position = one.Position, Notification = one.Notification }, entry.Tag));
        }

        bool meetsNewest = page.CoveredTo.Offset >= Newest.Start.Offset && run.Start.Offset <= Newest.Start.Offset;
        if (meetsNewest && Newest.Bytes + run.Bytes <= limitBytes)
        {
            Newest.Prepend(run);
            Page = null;
        }
        else
        {
            Page = (run, page.CoveredTo);
        }
    }

    /// <summary>Where what follows a position is; null: nowhere here.</summary>
    public Run? Find(Position after)
    {
        if (Newest.Covers(after)) return Newest;
        return Page is { } page && page.Run.Covers(after) && after.Offset < page.End.Offset ? page.Run : null;
    }

    /// <summary>The oldest position after which anything is left, where a position is known to be older than that; else null.</summary>
    public Run? OldestAfter(Position after)
    {
        if (Page is { } page && page.Run.IsStartOldest && after.Offset < page.Run.Start.Offset) return page.Run;
        return Newest.IsStartOldest && after.Offset < Newest.Start.Offset ? Newest : null;
    }
}
