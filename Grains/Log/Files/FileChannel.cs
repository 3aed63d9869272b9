namespace Notify.Grains.Log.Files;

/// <summary>
/// One channel in the index: its head and where its notifications are. It holds what is retained and, behind that, what still counts for
/// the dedupe window; offsets are consecutive up to the head. Not thread safe.
/// </summary>
internal sealed class FileChannel(ChannelId id, Position head, RetentionOptions retention)
{
    // Object, dictionary and list slots, ring and string headers: measured, rounded up.
    private const int OverheadBytes = 280;

    private IndexEntry[] _ring = [];
    private int _start;

    public ChannelId Id => id;

    public Position Head { get; private set; } = head;

    /// <summary>The newest record that says where the head is.</summary>
    public RecordAt HeadAt { get; set; }

    /// <summary>How many notifications are held.</summary>
    public int Count { get; private set; }

    public long FirstHeld => Head.Offset - Count + 1;

    /// <summary>The oldest offset that is retained, by what was seen so far; the head's next when none is.</summary>
    public long FirstKept { get; private set; } = head.Offset + 1;

    /// <summary>The head after the batch that is being put together; the writer's.</summary>
    public Position Planned { get; set; }

    /// <summary>Which batch <see cref="Planned"/> belongs to.</summary>
    public long PlannedBatch { get; set; }

    public int IndexBytes => OverheadBytes + (2 * (id.Tenant.Length + id.Name.Length)) + (_ring.Length * IndexEntry.Bytes);

    /// <summary>What the channel's head takes in a segment.</summary>
    public int HeadBytes => 80 + id.Tenant.Length + id.Name.Length;

    public IndexEntry this[long offset] => _ring[Slot(offset)];

    /// <summary>Adds a notification behind the head; the position may be of a newer epoch.</summary>
    public void Append(Position position, IndexEntry entry)
    {
        if (Count == _ring.Length) Resize(Math.Max(1, Count * 2));
        Count++;
        Head = position;
        _ring[Slot(position.Offset)] = entry;
    }

    public void Replace(long offset, IndexEntry entry) => _ring[Slot(offset)] = entry;

    public IndexEntry DropOldest()
    {
        var entry = _ring[_start];
        _start = (_start + 1) % _ring.Length;
        Count--;
        if (Count == 0) (_ring, _start) = ([], 0);
        else if (Count < _ring.Length / 4) Resize(_ring.Length / 2);
        FirstKept = Math.Max(FirstKept, FirstHeld);
        return entry;
    }

    /// <summary>History was lost: what is left goes on in a new epoch.</summary>
    public void StartEpoch(long epoch) => Head = Head with { Epoch = epoch };

    /// <summary>What lies before an offset is not retained any more.</summary>
    public void KeepFrom(long offset) => FirstKept = Math.Max(FirstKept, offset);

    /// <summary>The oldest offset that is retained at a time; the head's next when none is.</summary>
    public long FirstKeptAt(DateTimeOffset now)
    {
        long first = Math.Max(Math.Max(FirstKept, FirstHeld), Head.Offset - retention.CountLimit + 1);
        long oldest = Ticks(now, retention.AgeLimit);
        while (first <= Head.Offset && this[first].UtcTicks < oldest) first++;
        return first;
    }

    /// <summary>Whether the oldest that is held is neither retained nor in the dedupe window.</summary>
    public bool IsOldestDone(DateTimeOffset now, DedupeLimits dedupe) =>
        Count > 0 && FirstHeld < FirstKept
        && (FirstHeld <= Head.Offset - dedupe.LimitEntries || this[FirstHeld].UtcTicks <= Ticks(now, dedupe.Window));

    private static long Ticks(DateTimeOffset now, TimeSpan before) => Math.Max(0, now.UtcTicks - before.Ticks);

    private int Slot(long offset) => (int)((_start + (offset - FirstHeld)) % _ring.Length);

    private void Resize(int capacity)
    {
        var ring = new IndexEntry[capacity];
        for (int i = 0; i < Count; i++) ring[i] = _ring[(_start + i) % _ring.Length];
        (_ring, _start) = (ring, 0);
    }
}
