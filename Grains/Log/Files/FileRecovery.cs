using Microsoft.Extensions.Logging;

namespace Notify.Grains.Log.Files;

/// <summary>
/// Rebuilds the index from the segments. A write that was cut off by the end of the process is cut away: it was never acknowledged. Where
/// something was damaged, what was acknowledged may be missing: every channel whose newest whole record lies before that place goes on in
/// a new epoch, so that its readers are told.
/// </summary>
internal sealed partial class FileRecovery(
    string folder, LogDisk disk, FileIndex index, ChannelLogOptions options, DedupeLimits dedupe, TimeProvider time, ILogger logger)
{
    private readonly Dictionary<ChannelId, RecoveredChannel> _channels = [];
    private readonly List<(Record Record, IndexEntry Entry)> _append = []; // of one append, until its last record is seen
    private RecordAt? _damage;
    private long _batch;

    /// <summary>The channels that have to go on in a new epoch.</summary>
    public List<FileChannel> Affected { get; } = [];

    /// <summary>Scans all segments and hands them over.</summary>
    /// <exception cref="InvalidDataException">A newer version of this program wrote them.</exception>
    public void Run(SegmentWriter writer, CancellationToken cancellationToken)
    {
        var (segments, lastId) = OpenAll();
        long baseEpoch = 0;
        for (int i = 0; i < segments.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (segment, header, length) = segments[i];
            bool isLast = i == segments.Count - 1;
            if (!isLast && segments[i + 1].Header.PreviousId == segment.Id)
            {
                segment.Length = Math.Min(length, segments[i + 1].Header.PreviousLength);
                if (length < segments[i + 1].Header.PreviousLength) Damaged(segment, length);
            }

            Scan(segment, isLast);
            segment.ReadyTo = segment.Length;
            index.Add(segment);
            baseEpoch = Math.Max(baseEpoch, header.BaseEpoch);
        }

        foreach (var (id, recovered) in _channels) Restore(id, recovered);
        _channels.Clear();
        SetBaseEpoch(baseEpoch);
        writer.Resume(segments.Count > 0 ? segments[^1].Segment : null, lastId, _batch + 1);
        if (index.BaseEpoch != baseEpoch) writer.Close(); // the next segment's header has to say the new one
    }

    private void Scan(Segment segment, bool isLast)
    {
        var reader = new SegmentReader(segment.File, segment.Salt, SegmentHeader.Bytes, segment.Length);
        while (true)
        {
            if (reader.TryRead())
            {
                _batch = Math.Max(_batch, reader.Batch);
                Take(segment, reader);
                continue;
            }

            if (reader.IsAtEnd) break;
            int bad = reader.Next;
            if (isLast && reader.IsCutOff() && reader.IsNewestBatch(_batch))
            {
                CutOff(segment, bad, reader.WrittenEnd);
                break;
            }

            if (reader.Resync())
            {
                Damaged(segment, bad);
                continue;
            }

            Damaged(segment, bad);
            if (isLast) segment.Length = bad; // what comes goes into a new segment
            break;
        }

        // An append of which only the beginning is here: none of it counts.
        if (_append.Count > 0) CutOff(segment, _append[0].Entry.At.Offset, segment.Length);
        _append.Clear();
    }

    private void Take(Segment segment, SegmentReader reader)
    {
        var record = Record.Read(reader.Body, out var notification);
        long ticks = record.Kind == RecordKind.Entry ? NotificationCodec.ReadId(notification).Time.UtcTicks : 0;
        _append.Add((record, new(new(segment.Id, reader.At), reader.Length, ticks)));
        if ((record.Flags & RecordFlags.Continues) == 0) Apply();
    }

    private void Apply()
    {
        foreach (var (record, entry) in _append)
        {
            if (!_channels.TryGetValue(record.Channel, out var channel))
            {
                int limit = Math.Max(options.Of(record.Channel).CountLimit, dedupe.LimitEntries);
                _channels.Add(record.Channel, channel = new(record.Channel, limit));
            }

            channel.Apply(record, entry);
        }

        _append.Clear();
    }

    private void Restore(ChannelId id, RecoveredChannel recovered)
    {
        var (channel, entries) = recovered.Resolve(options.Of(id));
        index.Restore(channel, recovered.HeadAt, entries, time.GetUtcNow());
        if (recovered.HeadAt == default || recovered.HeadAt.CompareTo(_damage ?? default) < 0) Affected.Add(channel);
    }

    private void SetBaseEpoch(long found)
    {
        long newest = Math.Max(found, index.NewestEpoch);
        if (found == 0 || _damage is not null) found = Epochs.After(newest, time.GetUtcNow());
        index.SetBaseEpoch(found);
    }

    private void Damaged(Segment segment, int at)
    {
        if (_append.Count > 0) Apply();
        segment.IsDamaged = true;
        Damaged(new RecordAt(segment.Id, at));
        LogDamage(logger, segment.Path, at);
    }

    // The last place counts: whoever wrote nothing behind it may have lost something, also where an earlier place is found later.
    private void Damaged(RecordAt place)
    {
        if (_damage is not { } known || known.CompareTo(place) < 0) _damage = place;
    }

    private void CutOff(Segment segment, int at, int writtenEnd)
    {
        if (writtenEnd > at) LogCutOff(logger, segment.Path, writtenEnd - at, at); // else: room, never used
        disk.Truncate(segment.File, at);
        disk.Flush(segment.File);
        segment.Length = at;
    }

    [LoggerMessage(1605, LogLevel.Warning, "The process ended while it wrote: {Bytes} bytes at {Offset} of '{Path}', never acknowledged, are cut off")]
    private static partial void LogCutOff(ILogger logger, string path, int bytes, int offset);

    [LoggerMessage(1606, LogLevel.Error, "The segment '{Path}' is damaged at {Offset}; channels that may have lost something go on in a new epoch")]
    private static partial void LogDamage(ILogger logger, string path, int offset);

    [LoggerMessage(1607, LogLevel.Error, "The segment '{Path}' cannot be read and was renamed; channels that may have lost something go on in a new epoch")]
    private static partial void LogSegmentDamaged(ILogger logger, string path);
}
