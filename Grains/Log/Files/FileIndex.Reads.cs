namespace Notify.Grains.Log.Files;

// What readers ask.
internal sealed partial class FileIndex
{
    /// <summary>A channel's head and the oldest offset that is retained; the head's next when none is.</summary>
    public (Position Head, long FirstKept) View(ChannelId id, DateTimeOffset now)
    {
        lock (_lock)
        {
            return _channels.TryGetValue(id, out var channel)
                ? (channel.Head, channel.FirstKeptAt(now))
                : (new(_baseEpoch, 0), 1);
        }
    }

    /// <summary>
    /// Where the notifications from an offset on are, up to the limits but at least one. Their segments stay readable until
    /// <see cref="Release"/>. Nothing when the channel is in another epoch meanwhile.
    /// </summary>
    public void Locate(ChannelId id, Position from, int limitEntries, long limitBytes, List<LocatedEntry> located)
    {
        located.Clear();
        lock (_lock)
        {
            if (!_channels.TryGetValue(id, out var channel) || channel.Head.Epoch != from.Epoch) return;
            long bytes = 0;
            for (long offset = Math.Max(from.Offset, channel.FirstHeld); offset <= channel.Head.Offset && located.Count < limitEntries; offset++)
            {
                var entry = channel[offset];
                if (located.Count > 0 && bytes + entry.Length > limitBytes) return;
                bytes += entry.Length;
                var segment = _segments[entry.At.Segment];
                segment.AddReader();
                located.Add(new(offset, entry, segment));
            }
        }
    }

    /// <summary>The oldest position whose id counts as pushed before; the head's next when none does.</summary>
    public (Position Head, long First) ViewRecent(ChannelId id, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_channels.TryGetValue(id, out var channel)) return (new(_baseEpoch, 0), 1);
            long after = now.UtcTicks - dedupe.Window.Ticks;
            long first = channel.Head.Offset + 1;
            long oldest = Math.Max(channel.FirstHeld, first - dedupe.LimitEntries);
            while (first > oldest && channel[first - 1].UtcTicks > after) first--;
            return (channel.Head, first);
        }
    }

    public void Release(List<LocatedEntry> located)
    {
        lock (_lock)
        {
            foreach (var entry in located) entry.Segment.RemoveReader();
        }

        located.Clear();
    }

    /// <summary>Closes all segments.</summary>
    public void Close()
    {
        lock (_lock)
        {
            foreach (var segment in _segments.Values) segment.Retire();
        }
    }
}

/// <summary>A notification's offset and place, with its segment.</summary>
internal readonly record struct LocatedEntry(long Offset, IndexEntry Entry, Segment Segment);
