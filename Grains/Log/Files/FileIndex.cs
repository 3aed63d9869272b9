using System.Diagnostics.CodeAnalysis;

namespace Notify.Grains.Log.Files;

/// <summary>
/// What the log holds and where: channels, their notifications' places, and how much of each segment is needed. Only the log's own thread
/// changes it; others read it. Locks for a moment, never over a disk operation.
/// </summary>
internal sealed partial class FileIndex(ChannelLogOptions options, DedupeLimits dedupe)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ChannelId, FileChannel> _channels = [];
    private readonly List<FileChannel> _list = [];
    private readonly SortedList<int, Segment> _segments = [];
    private long _indexBytes;
    private long _diskBytes;
    private long _entries;
    private long _dropped;
    private long _baseEpoch;

    /// <summary>The epoch of channels that nothing is known of.</summary>
    public long BaseEpoch => Volatile.Read(ref _baseEpoch);

    /// <summary>The newest epoch of all.</summary>
    public long NewestEpoch { get; private set; }

    /// <summary>What the index takes in memory (estimated).</summary>
    public long IndexBytes => Volatile.Read(ref _indexBytes);

    /// <summary>What the segments take.</summary>
    public long DiskBytes => Volatile.Read(ref _diskBytes);

    /// <summary>Notifications that are held.</summary>
    public long EntryCount => Volatile.Read(ref _entries);

    /// <summary>Notifications given up because a limit over all channels was reached.</summary>
    public long DroppedCount => Volatile.Read(ref _dropped);

    /// <summary>The closed and the open segments, oldest first; for the log's own thread.</summary>
    public IList<Segment> Segments => _segments.Values;

    /// <summary>For the log's own thread.</summary>
    public FileChannel? Find(ChannelId channel) => _channels.GetValueOrDefault(channel);

    public RetentionOptions RetentionOf(ChannelId channel) => options.Of(channel);

    /// <summary>Unknown channels are of this epoch from now on; it must reach the disk before one of them gets a notification.</summary>
    public void SetBaseEpoch(long epoch)
    {
        Volatile.Write(ref _baseEpoch, epoch);
        NewestEpoch = Math.Max(NewestEpoch, epoch);
    }

    /// <summary>A batch is on the disk, at the end of a segment.</summary>
    public void Commit(Segment segment, List<PlannedRecord> plan, int bytes, DateTimeOffset now)
    {
        lock (_lock)
        {
            foreach (var record in plan)
            {
                var channel = record.Channel;
                var at = new RecordAt(segment.Id, segment.Length + record.At);
                Register(channel);
                int before = channel.IndexBytes;
                switch (record.Change)
                {
                    case PlannedChange.Append:
                        Hold(channel, record.Position, new(at, record.Length, record.UtcTicks));
                        SetHeadAt(channel, at);
                        Prune(channel, now);
                        break;
                    case PlannedChange.Head:
                        if (record.Position.Epoch != channel.Head.Epoch) channel.StartEpoch(record.Position.Epoch);
                        NewestEpoch = Math.Max(NewestEpoch, record.Position.Epoch);
                        SetHeadAt(channel, at);
                        break;
                    case PlannedChange.Move:
                        var old = channel[record.Position.Offset];
                        _segments[old.At.Segment].LiveBytes -= old.Length;
                        _segments[at.Segment].LiveBytes += record.Length;
                        channel.Replace(record.Position.Offset, new(at, record.Length, old.UtcTicks));
                        break;
                    default:
                        while (channel.Count > 0 && channel.FirstHeld <= record.Position.Offset) DropOldest(channel, isForced: true);
                        break;
                }

                _indexBytes += channel.IndexBytes - before;
            }

            segment.Length += bytes;
            _diskBytes += bytes;
        }
    }

    /// <summary>Takes in a channel as it was found on the disk.</summary>
    public void Restore(FileChannel channel, RecordAt headAt, IEnumerable<(Position Position, IndexEntry Entry)> entries, DateTimeOffset now)
    {
        lock (_lock)
        {
            Register(channel);
            int before = channel.IndexBytes;
            foreach (var (position, entry) in entries) Hold(channel, position, entry);
            SetHeadAt(channel, headAt);
            Prune(channel, now);
            _indexBytes += channel.IndexBytes - before;
            NewestEpoch = Math.Max(NewestEpoch, channel.Head.Epoch);
        }
    }

    private void Register(FileChannel channel)
    {
        if (!_channels.TryAdd(channel.Id, channel)) return;
        _list.Add(channel);
        _indexBytes += channel.IndexBytes;
    }

    private void Hold(FileChannel channel, Position position, IndexEntry entry)
    {
        channel.Append(position, entry);
        _segments[entry.At.Segment].LiveBytes += entry.Length;
        _entries++;
    }

    private void SetHeadAt(FileChannel channel, RecordAt at)
    {
        if (TryGetSegment(channel.HeadAt, out var old)) old.LiveBytes -= channel.HeadBytes;
        channel.HeadAt = at;
        if (TryGetSegment(at, out var segment)) segment.LiveBytes += channel.HeadBytes;
    }

    private void DropOldest(FileChannel channel, bool isForced)
    {
        if (isForced && channel.FirstHeld >= channel.FirstKept) _dropped++;
        var entry = channel.DropOldest();
        _segments[entry.At.Segment].LiveBytes -= entry.Length;
        _entries--;
    }

    private void Prune(FileChannel channel, DateTimeOffset now)
    {
        channel.KeepFrom(channel.FirstKeptAt(now));
        while (channel.IsOldestDone(now, dedupe)) DropOldest(channel, isForced: false);
    }

    private bool TryGetSegment(RecordAt at, [NotNullWhen(true)] out Segment? segment) => _segments.TryGetValue(at.Segment, out segment);
}
