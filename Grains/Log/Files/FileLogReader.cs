using System.Collections.Immutable;

namespace Notify.Grains.Log.Files;

/// <summary>Reads of a channel: places from the index, notifications from the segments. Thread safe.</summary>
internal sealed class FileLogReader(FileIndex index)
{
    // Of one portion: what a page still has room for, but not entry by entry when many have expired.
    private const int PortionEntries = 16;
    private const int RecentPortionEntries = 512;

    public async ValueTask<ChannelPage> ReadAsync(ChannelId channel, ChannelRead request, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (head, firstKept) = index.View(channel, now);
        var page = new PageBuilder(request, head, firstKept, now);
        var located = new List<LocatedEntry>();
        while (!page.IsFull)
        {
            // The limit is of payloads, records are larger: the page says when it is full.
            index.Locate(channel, head with { Offset = page.Next }, Math.Max(page.Room, PortionEntries), page.RoomBytes, located);
            if (located.Count == 0) page.End();
            await ReadAsync(located, (offset, notification) => page.Add(offset, NotificationCodec.Read(notification)), cancellationToken);
        }

        return page.Build();
    }

    /// <summary>The head and the ids of the dedupe window.</summary>
    public async ValueTask<ChannelLogState> ReadRecentAsync(ChannelId channel, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (head, first) = index.ViewRecent(channel, now);
        if (first > head.Offset) return new(head, []);

        var recent = ImmutableArray.CreateBuilder<RecentId>();
        var located = new List<LocatedEntry>();
        while (first <= head.Offset)
        {
            index.Locate(channel, head with { Offset = first }, RecentPortionEntries, long.MaxValue, located);
            if (located.Count == 0) break;
            first = located[^1].Offset + 1;
            await ReadAsync(located, Add, cancellationToken);
        }

        return new(head, recent.DrainToImmutable());

        bool Add(long offset, ReadOnlySpan<byte> notification)
        {
            if (offset > head.Offset) return false;
            var (id, time) = NotificationCodec.ReadId(notification);
            recent.Add(new(id, head with { Offset = offset }, time));
            return true;
        }
    }

    private async ValueTask ReadAsync(List<LocatedEntry> located, EntryReader.Receiver receive, CancellationToken cancellationToken)
    {
        try
        {
            await EntryReader.ReadAsync(located, receive, cancellationToken);
        }
        finally
        {
            index.Release(located);
        }
    }
}
