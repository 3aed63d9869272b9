using System.Collections.Immutable;

namespace Notify.Grains.Log;

/// <summary>One channel of the memory log: its head and what it still holds, oldest first. Not thread safe.</summary>
internal sealed class MemoryChannel(ChannelId channel, Position head, RetentionOptions retention)
{
    /// <summary>What a channel without notifications is taken to weigh: objects, dictionary slot, name (measured, rounded up).</summary>
    public const int OverheadBytes = 400;

    private MemoryNode[]? _ring; // null while empty: most users' channels are
    private int _start;

    public ChannelId Channel => channel;

    public RetentionOptions Retention => retention;

    public Position Head { get; private set; } = head;

    public int Count { get; private set; }

    public MemoryNode? Oldest => Count > 0 ? At(0) : null;

    /// <summary>This channel's place among those without notifications; null while it has some.</summary>
    public LinkedListNode<MemoryChannel>? EmptyPlace { get; set; }

    public MemoryNode Append(Notification notification)
    {
        Head = Head.Plus(1);
        var node = new MemoryNode(this, Head, notification);
        if (Count == (_ring?.Length ?? 0)) Grow();
        _ring![(_start + Count++) % _ring.Length] = node;
        return node;
    }

    public MemoryNode DropOldest()
    {
        var node = At(0);
        _ring![_start] = null!;
        _start = (_start + 1) % _ring.Length;
        if (--Count == 0) (_ring, _start) = (null, 0);
        return node;
    }

    public ChannelPage Read(ChannelRead request, DateTimeOffset now)
    {
        var after = request.After;
        long firstKept = Oldest?.Position.Offset ?? Head.Offset + 1;
        bool isOurs = after.Epoch == Head.Epoch && after.Offset <= Head.Offset;
        long from = isOurs ? after.Offset + 1 : 1;
        bool isComplete = (isOurs || !after.IsKnown) && firstKept <= from;

        var entries = ImmutableArray.CreateBuilder<PositionedNotification>();
        var coveredTo = Head;
        int bytes = 0;
        for (int i = (int)(Math.Max(from, firstKept) - firstKept); i < Count; i++)
        {
            var node = At(i);
            if (node.Notification.ExpiresAt <= now) continue;
            if (entries.Count == request.LimitEntries
                || (entries.Count > 0 && bytes + node.Notification.Payload.Length > request.LimitBytes))
            {
                coveredTo = node.Position.Plus(-1);
                break;
            }

            bytes += node.Notification.Payload.Length;
            entries.Add(new(node.Position, node.Notification));
        }

        return new(entries.DrainToImmutable(), coveredTo, Head, isComplete);
    }

    /// <summary>The ids accepted after a time, at most so many, oldest first.</summary>
    public ImmutableArray<RecentId> Recent(DateTimeOffset after, int limit)
    {
        if (Count == 0) return [];
        var recent = ImmutableArray.CreateBuilder<RecentId>();
        for (int i = Math.Max(0, Count - limit); i < Count; i++)
        {
            var node = At(i);
            var notification = node.Notification;
            if (notification.Time > after) recent.Add(new(notification.Id, node.Position, notification.Time));
        }

        return recent.DrainToImmutable();
    }

    private MemoryNode At(int index) => _ring![(_start + index) % _ring.Length];

    private void Grow()
    {
        var ring = new MemoryNode[Math.Max(1, Count * 2)];
        for (int i = 0; i < Count; i++) ring[i] = At(i);
        (_ring, _start) = (ring, 0);
    }
}

/// <summary>A notification in the memory log, linked with all others of the process in the order of their age.</summary>
internal sealed class MemoryNode(MemoryChannel channel, Position position, Notification notification)
{
    // Node, notification, payload array, id: measured, rounded up.
    private const int OverheadBytes = 480;

    public MemoryChannel Channel => channel;

    public Position Position => position;

    public Notification Notification => notification;

    public MemoryNode? Older { get; set; }

    public MemoryNode? Newer { get; set; }

    public int Bytes => OverheadBytes + notification.Payload.Length;
}
