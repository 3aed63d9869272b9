using Notify.EdgeHost.Delivery;

namespace Notify.EdgeHost.Resume;

/// <summary>
/// A stretch of one channel's history: every retained notification after <see cref="Start"/>, but for those that expired, oldest first.
/// Not thread safe.
/// </summary>
internal sealed class Run(Position start)
{
    private readonly List<DeliveryFrames> _entries = [];
    private Dictionary<string, long>? _newestByKey; // collapse key: offset
    private int _first;

    /// <summary>After which position it begins.</summary>
    public Position Start { get; private set; } = start;

    /// <summary>Whether nothing before <see cref="Start"/> is kept anywhere.</summary>
    public bool IsStartOldest { get; set; }

    /// <summary>What it weighs (estimated).</summary>
    public long Bytes { get; private set; }

    /// <summary>How many it has.</summary>
    public int Count => _entries.Count - _first;

    /// <summary>By age, the oldest first.</summary>
    public DeliveryFrames this[int index] => _entries[_first + index];

    /// <summary>Whether it has everything after a position.</summary>
    public bool Covers(Position after) => after.Epoch == Start.Epoch && after.Offset >= Start.Offset;

    /// <summary>Adds the next.</summary>
    public void Append(DeliveryFrames frames)
    {
        _entries.Add(frames);
        Bytes += frames.Weight;
        if (frames.Notification.CollapseKey is { } key) (_newestByKey ??= [])[key] = frames.Position.Offset;
    }

    /// <summary>Gives up the oldest.</summary>
    public void DropOldest()
    {
        var oldest = _entries[_first];
        _entries[_first++] = null!;
        Start = oldest.Position;
        IsStartOldest = false;
        Bytes -= oldest.Weight;
        if (oldest.Notification.CollapseKey is { } key && _newestByKey is not null && _newestByKey.GetValueOrDefault(key) == oldest.Position.Offset) _ = _newestByKey.Remove(key);
        if (_first < 32 || _first < _entries.Count / 2) return;
        _entries.RemoveRange(0, _first);
        _first = 0;
    }

    /// <summary>Puts what comes directly before <see cref="Start"/> in front.</summary>
    public void Prepend(Run earlier)
    {
        int count = earlier.IndexAfter(Start);
        var older = new List<DeliveryFrames>(count);
        for (int i = 0; i < count; i++)
        {
            var frames = earlier[i];
            older.Add(frames);
            Bytes += frames.Weight;
            if (frames.Notification.CollapseKey is not { } key) continue;
            if (!(_newestByKey ??= []).TryGetValue(key, out long newest) || newest < frames.Position.Offset) _newestByKey[key] = frames.Position.Offset;
        }

        _entries.RemoveRange(0, _first);
        _first = 0;
        _entries.InsertRange(0, older);
        (Start, IsStartOldest) = (earlier.Start, earlier.IsStartOldest);
    }

    /// <summary>The index of the first entry after a position.</summary>
    public int IndexAfter(Position position)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (this[middle].Position.Offset <= position.Offset) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>Whether there is a later one with the same collapse key that fits.</summary>
    public bool HasLater(string key, Position after, Func<DeliveryFrames, bool> fits)
    {
        if (_newestByKey is null || !_newestByKey.TryGetValue(key, out long newest) || newest <= after.Offset) return false;
        for (int i = IndexAfter(after); i < Count; i++)
        {
            var frames = this[i];
            if (frames.Notification.CollapseKey == key && fits(frames)) return true;
        }

        return false;
    }
}
