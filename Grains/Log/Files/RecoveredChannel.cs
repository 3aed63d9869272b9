namespace Notify.Grains.Log.Files;

/// <summary>What the records of one channel say while segments are scanned, in the order in which they were written.</summary>
internal sealed class RecoveredChannel(ChannelId id, int limitEntries)
{
    private readonly List<(long Offset, IndexEntry Entry)> _entries = [];
    private bool _hasHead;
    private long _firstKept;
    private Position _newestCopy; // the greatest epoch and the greatest offset
    private Position _lastCopy;

    /// <summary>The newest record that says where the head is; the default when only copies were found.</summary>
    public RecordAt HeadAt { get; private set; }

    /// <summary>The head by what was found so far.</summary>
    public Position Head { get; private set; }

    public void Apply(Record record, IndexEntry entry)
    {
        if (record.IsCopy) ApplyCopy(record, entry);
        else if (record.Position.Epoch < Head.Epoch) return;
        else ApplyHead(record, entry);
        if (_entries.Count > limitEntries * 2L) Shrink();
    }

    /// <summary>The channel as it goes into the index, with what it holds, oldest first.</summary>
    public (FileChannel Channel, IReadOnlyList<(Position, IndexEntry)> Entries) Resolve(RetentionOptions retention)
    {
        var head = _hasHead ? Later(Head, _lastCopy) : _newestCopy;
        _entries.Sort(static (a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.Entry.At.CompareTo(b.Entry.At));
        var run = new List<(Position, IndexEntry)>();
        long wanted = head.Offset;
        for (int i = _entries.Count - 1; i >= 0 && wanted > 0; i--)
        {
            // Of two at the same offset the later one counts: a copy, or what followed a batch that never was acknowledged.
            if (_entries[i].Offset > wanted) continue;
            if (_entries[i].Offset < wanted) break; // pruned before the end of the last run
            run.Add((head with { Offset = wanted-- }, _entries[i].Entry));
        }

        run.Reverse();
        var channel = new FileChannel(id, head with { Offset = wanted }, retention);
        channel.KeepFrom(_firstKept);
        return (channel, run);
    }

    private void ApplyHead(Record record, IndexEntry entry)
    {
        long offset = record.Position.Offset;
        if (record.Position.Epoch > Head.Epoch) _firstKept = 0;
        bool isEntry = record.Kind == RecordKind.Entry;
        if (_hasHead && offset <= Head.Offset) _entries.RemoveAll(known => isEntry ? known.Offset >= offset : known.Offset > offset);
        if (isEntry) _entries.Add((offset, entry));
        else _firstKept = Math.Max(_firstKept, record.FirstKept);
        _hasHead = true;
        Head = record.Position;
        HeadAt = entry.At;
    }

    private void ApplyCopy(Record record, IndexEntry entry)
    {
        if (record.Position.Offset > _newestCopy.Offset || record.Position.Epoch > _newestCopy.Epoch)
            _newestCopy = new(Math.Max(_newestCopy.Epoch, record.Position.Epoch), Math.Max(_newestCopy.Offset, record.Position.Offset));
        if (IsLater(record.Position, _lastCopy)) _lastCopy = record.Position;
        _entries.Add((record.Position.Offset, entry));
    }

    // A notification that was moved was acknowledged once. Where the record of the head was lost, the head is not before it, so that its
    // offset is not given again.
    private static Position Later(Position head, Position copy) =>
        IsLater(copy, head) ? copy with { Offset = Math.Max(head.Offset, copy.Offset) } : head;

    private static bool IsLater(Position a, Position b) => a.Epoch > b.Epoch || (a.Epoch == b.Epoch && a.Offset > b.Offset);

    // Only the newest can be held; of a busy channel there are many more records.
    private void Shrink()
    {
        long newest = Math.Max(Head.Offset, _newestCopy.Offset);
        _entries.RemoveAll(known => known.Offset <= newest - limitEntries);
    }
}
