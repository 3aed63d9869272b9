namespace Notify.Grains.Log.Files;

// What the sweep and the compactor need.
internal sealed partial class FileIndex
{
    public int ChannelCount
    {
        get
        {
            lock (_lock) return _channels.Count;
        }
    }

    public int SegmentCount
    {
        get
        {
            lock (_lock) return _segments.Count;
        }
    }

    public void Add(Segment segment)
    {
        lock (_lock)
        {
            _segments.Add(segment.Id, segment);
            _diskBytes += segment.Length;
        }
    }

    public void Remove(Segment segment)
    {
        lock (_lock)
        {
            _segments.Remove(segment.Id);
            _diskBytes -= segment.Length;
            segment.Retire();
        }
    }

    /// <summary>Prunes some channels; the place of the first one not looked at, or 0 when all were.</summary>
    public int Sweep(int place, int count, DateTimeOffset now)
    {
        lock (_lock)
        {
            int end = Math.Min(_list.Count, place + count);
            for (; place < end; place++)
            {
                var channel = _list[place];
                int before = channel.IndexBytes;
                Prune(channel, now);
                _indexBytes += channel.IndexBytes - before;
            }

            return end == _list.Count ? 0 : end;
        }
    }

    /// <summary>
    /// The channels that refer to a segment, each with the newest offset that is in it, 0 when only its head is; for the log's own thread.
    /// </summary>
    public List<(FileChannel Channel, long LastOffset)> FindReferences(int segment)
    {
        var found = new List<(FileChannel, long)>();
        foreach (var channel in _list)
        {
            long last = channel.Head.Offset;
            while (last >= channel.FirstHeld && channel[last].At.Segment != segment) last--;
            if (last < channel.FirstHeld) last = 0;
            if (last > 0 || channel.HeadAt.Segment == segment) found.Add((channel, last));
        }

        return found;
    }

    /// <summary>Forgets channels that hold nothing, those known for longest first, until the index is small enough.</summary>
    public void ForgetEmpty(long limitBytes)
    {
        lock (_lock)
        {
            int kept = 0;
            for (int place = 0; place < _list.Count; place++)
            {
                var channel = _list[place];
                if (channel.Count > 0 || _indexBytes <= limitBytes)
                {
                    _list[kept++] = channel;
                    continue;
                }

                SetHeadAt(channel, default);
                _channels.Remove(channel.Id);
                _indexBytes -= channel.IndexBytes;
            }

            _list.RemoveRange(kept, _list.Count - kept);
        }
    }
}
