using Microsoft.Extensions.Logging;

namespace Notify.Grains.Log.Files;

/// <summary>
/// Frees segments: moves the little that is needed out of a segment that is mostly dead, and gives up the oldest segment when a limit over
/// all channels is reached. Works in small slices between batches, on the log's own thread.
/// </summary>
internal sealed partial class Compactor(SegmentWriter writer, FileIndex index, FileLogOptions options, TimeProvider time, ILogger logger)
{
    private const int SliceBytes = 1 << 20;

    private readonly RecordBuffer _buffer = new();
    private readonly List<PlannedRecord> _plan = [];
    private Segment? _segment;
    private SegmentReader? _reader;
    private bool _mustDrop;
    private bool _mustLook = true;

    /// <summary>There may be something to do.</summary>
    public bool HasWork => _segment is not null || _mustLook || IsOverLimit;

    private bool IsOverLimit => index.DiskBytes > options.LimitBytes || index.IndexBytes > options.IndexLimitBytes;

    /// <summary>Segments may have become mostly dead.</summary>
    public void Look() => _mustLook = true;

    /// <summary>Forgets what was begun, because the disk failed; it begins anew at the next <see cref="Look"/>.</summary>
    public void Abandon()
    {
        (_segment, _reader) = (null, null);
        _mustLook = false;
    }

    /// <summary>Does a bounded part of the work.</summary>
    /// <exception cref="IOException">The disk failed; nothing is lost.</exception>
    public void DoSlice()
    {
        if (_segment is null && !Pick()) return;
        if (_segment!.LiveBytes > 0 && !ScanSlice()) return;
        if (_segment.LiveBytes > 0) GiveUpUnreadable(_segment);
        writer.Delete(_segment);
        (_segment, _reader) = (null, null);
    }

    private bool Pick()
    {
        if (IsOverLimit)
        {
            if (index.EntryCount == 0) return ForgetChannels();
            _segment = index.Segments[0];
            _mustDrop = true;
            if (_segment == writer.Active) writer.Close();
            return true;
        }

        _mustDrop = false;
        _segment = index.Segments.FirstOrDefault(segment => segment != writer.Active && IsMostlyDead(segment));
        _mustLook = _segment is not null;
        return _mustLook;
    }

    private bool IsMostlyDead(Segment segment) =>
        segment.IsDamaged || (segment.Length - segment.LiveBytes) * 100 >= (long)options.DeadLimitPercent * segment.Length;

    // Heads alone fill the memory or the disk. Who is forgotten must not come back with offsets of an epoch that it had.
    private bool ForgetChannels()
    {
        writer.Close();
        index.SetBaseEpoch(Epochs.After(index.NewestEpoch, time.GetUtcNow()));
        index.ForgetEmpty(index.IndexBytes > options.IndexLimitBytes ? options.IndexLimitBytes / 10 * 9 : index.IndexBytes / 2);
        _mustLook = true;
        return false;
    }

    // True: the segment was read to its end, and nothing in it is needed any more.
    private bool ScanSlice()
    {
        var segment = _segment!;
        _reader ??= new(segment.File, segment.Salt, SegmentHeader.Bytes, segment.Length);
        _buffer.Clear();
        _plan.Clear();
        int end = _reader.Next + SliceBytes;
        bool isDone = false;
        while (!isDone && _reader.Next < end)
        {
            if (_reader.TryRead()) Consider(_reader);
            else isDone = _reader.IsAtEnd || !_reader.Resync();
        }

        if (_plan.Count > 0) writer.Write(_buffer, _plan);
        return isDone;
    }

    // The disk has lost records since they were written. Their readers hear that history is missing, as after retention.
    private void GiveUpUnreadable(Segment segment)
    {
        _buffer.Clear();
        _plan.Clear();
        foreach (var (channel, lastOffset) in index.FindReferences(segment.Id))
        {
            if (lastOffset > 0) _plan.Add(new(PlannedChange.Drop, channel, channel.Head with { Offset = lastOffset }, 0, 0, 0));
            if (channel.HeadAt.Segment == segment.Id) PlanHead(channel);
        }

        LogUnreadable(logger, segment.Path, _plan.Count);
        writer.Write(_buffer, _plan);
    }

    private void Consider(SegmentReader reader)
    {
        var record = Record.Read(reader.Body, out var notification);
        if (index.Find(record.Channel) is not { } channel) return;
        var at = new RecordAt(_segment!.Id, reader.At);
        long offset = record.Position.Offset;
        if (record.Kind == RecordKind.Entry && offset >= channel.FirstHeld && offset <= channel.Head.Offset && channel[offset].At == at)
        {
            var position = channel.Head with { Offset = offset };
            if (_mustDrop) _plan.Add(new(PlannedChange.Drop, channel, position, 0, 0, 0));
            else PlanMove(channel, position, notification);
        }

        if (channel.HeadAt == at) PlanHead(channel);
    }

    private void PlanMove(FileChannel channel, Position position, ReadOnlySpan<byte> notification)
    {
        int at = _buffer.Length;
        int length = _buffer.AddCopy(new(RecordKind.Entry, RecordFlags.Copy, channel.Id, position, 0), notification);
        _plan.Add(new(PlannedChange.Move, channel, position, at, length, 0));
    }

    private void PlanHead(FileChannel channel)
    {
        int at = _buffer.Length;
        int length = _buffer.AddHead(new(RecordKind.Head, RecordFlags.None, channel.Id, channel.Head, channel.FirstKept));
        _plan.Add(new(PlannedChange.Head, channel, channel.Head, at, length, 0));
    }

    [LoggerMessage(1608, LogLevel.Error, "The segment '{Path}' cannot be read any more: notifications of {Channels} channels are lost")]
    private static partial void LogUnreadable(ILogger logger, string path, int channels);
}
