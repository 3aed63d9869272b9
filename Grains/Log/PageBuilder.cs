using System.Collections.Immutable;

namespace Notify.Grains.Log;

/// <summary>Puts a page together from what a durable store reads in order, whatever the size of its portions.</summary>
/// <param name="request">What was asked.</param>
/// <param name="head">The head when the first portion was read.</param>
/// <param name="firstKept">The oldest offset that was retained then; the head's next when there was none.</param>
/// <param name="now">Decides what has expired.</param>
internal sealed class PageBuilder(ChannelRead request, Position head, long firstKept, DateTimeOffset now)
{
    private readonly ImmutableArray<PositionedNotification>.Builder _entries = ImmutableArray.CreateBuilder<PositionedNotification>();
    private int _bytes;
    private bool _hasHole;

    /// <summary>The next offset to add; the head's next when nothing is missing any more.</summary>
    public long Next { get; private set; } = Math.Max(Start(request.After, head), firstKept);

    /// <summary>Nothing more goes onto the page.</summary>
    public bool IsFull { get; private set; } = head.Offset < Math.Max(Start(request.After, head), firstKept);

    /// <summary>How many notifications may still come.</summary>
    public int Room => request.LimitEntries - _entries.Count;

    /// <summary>How many bytes of payload may still come; a first notification comes whatever its size.</summary>
    public int RoomBytes => Math.Max(0, request.LimitBytes - _bytes);

    /// <summary>Adds the notification at an offset, in ascending order; false when the page is full without it.</summary>
    public bool Add(long offset, Notification notification)
    {
        if (offset > head.Offset) IsFull = true;
        if (IsFull) return false;
        if (!(notification.ExpiresAt <= now))
        {
            int bytes = notification.Payload.Length;
            if (_entries.Count == request.LimitEntries || (_entries.Count > 0 && bytes > RoomBytes))
            {
                IsFull = true;
                return false;
            }

            _bytes += bytes;
            _entries.Add(new(head with { Offset = offset }, notification));
        }

        _hasHole |= offset != Next;
        Next = offset + 1;
        IsFull = Next > head.Offset;
        return true;
    }

    /// <summary>The store has nothing more up to the head: what is missing was pruned meanwhile.</summary>
    public void End()
    {
        if (Next > head.Offset) return;
        _hasHole = true;
        Next = head.Offset + 1;
        IsFull = true;
    }

    public ChannelPage Build()
    {
        bool isOurs = IsOurs(request.After, head);
        bool isComplete = (isOurs || !request.After.IsKnown) && firstKept <= Start(request.After, head) && !_hasHole;
        return new(_entries.DrainToImmutable(), head with { Offset = Next - 1 }, head, isComplete);
    }

    private static bool IsOurs(Position after, Position head) => after.Epoch == head.Epoch && after.Offset <= head.Offset;

    private static long Start(Position after, Position head) => IsOurs(after, head) ? after.Offset + 1 : 1;
}
