using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Notify.Grains.Log.Files;

/// <summary>
/// Writes batches to the newest segment: one write into room that is ready, one flush, then the index. After a failure nothing of the batch counts: the segment is
/// cut back to where it was good, and left for a new one when it is not known what the disk has of it.
/// </summary>
internal sealed partial class SegmentWriter(
    string folder, FileLogOptions options, LogDisk disk, FileIndex index, TimeProvider time, ILogger logger)
{
    private Segment? _active;
    private int _lastId;
    private (int Id, int Length) _previous;
    private long _batch;

    /// <summary>The segment that is written to; null between two.</summary>
    public Segment? Active => _active;

    /// <summary>Goes on where recovery ended.</summary>
    /// <param name="last">The newest segment, if any.</param>
    /// <param name="lastId">The greatest id that was ever seen.</param>
    /// <param name="batch">The number of the next batch.</param>
    public void Resume(Segment? last, int lastId, long batch)
    {
        _active = last;
        _lastId = lastId;
        _batch = batch;
        if (last is not null) _previous = (last.Id, last.Length);
    }

    /// <summary>Makes a batch durable, then true.</summary>
    /// <exception cref="IOException">It is not committed.</exception>
    public void Write(RecordBuffer buffer, List<PlannedRecord> plan)
    {
        if (_active is { } full && full.Length > SegmentHeader.Bytes && full.Length + (long)buffer.Length > options.SegmentBytes) Close();
        var segment = Open();
        foreach (var record in plan)
        {
            if (record.Length > 0) buffer.Seal(record.At, record.Length, _batch, segment.Salt);
        }

        if (buffer.Length > 0)
        {
            bool mustLeave = true;
            try
            {
                SpareRoom.Make(segment, buffer.Length, options, disk);
                mustLeave = false;
                disk.Write(segment.File, buffer.Written, segment.Length);
                mustLeave = true;
                disk.FlushData(segment.File);
            }
            catch
            {
                // After a failed fsync the kernel may hold what the disk does not, and say so only once.
                Repair(segment, mustLeave);
                throw;
            }

            _batch++;
        }

        index.Commit(segment, plan, buffer.Length, time.GetUtcNow());
    }

    /// <summary>The next write begins a new segment.</summary>
    public void Close()
    {
        if (_active is null) return;
        if (_active.ReadyTo > _active.Length) CutBack(_active);
        _previous = (_active.Id, _active.Length);
        _active = null;
    }

    /// <summary>Begins a segment unless one is open.</summary>
    public Segment Open()
    {
        if (_active is not null) return _active;
        var header = new SegmentHeader(++_lastId, (uint)Random.Shared.NextInt64(1L << 32), index.BaseEpoch, _previous.Id, _previous.Length);
        string path = Segment.PathOf(folder, header.Id);
        SafeFileHandle? file = null;
        try
        {
            file = disk.Open(path, FileMode.CreateNew);
            Span<byte> bytes = stackalloc byte[SegmentHeader.Bytes];
            header.Write(bytes);
            disk.Write(file, bytes, 0);
            disk.Flush(file);
            disk.FlushFolder(folder);
        }
        catch
        {
            file?.Dispose();
            TryDelete(path);
            throw;
        }

        _active = new(header, path, file, SegmentHeader.Bytes);
        index.Add(_active);
        return _active;
    }

    /// <summary>A segment that nothing needs goes.</summary>
    public void Delete(Segment segment)
    {
        index.Remove(segment);
        TryDelete(segment.Path);
    }

    private void Repair(Segment segment, bool mustLeave)
    {
        if (!CutBack(segment)) segment.IsDamaged = mustLeave = true; // soon it is emptied and deleted
        if (mustLeave) Close();
    }

    // Where that fails, the next segment's header says where this one ends, and at the end of all recovery finds it.
    private bool CutBack(Segment segment)
    {
        segment.ReadyTo = segment.Length;
        try
        {
            disk.Truncate(segment.File, segment.Length);
            return true;
        }
        catch (Exception failure)
        {
            LogTruncateFailed(logger, segment.Path, failure);
            return false;
        }
    }

    private void TryDelete(string path)
    {
        try
        {
            disk.Delete(path);
        }
        catch (Exception failure)
        {
            // It takes room until the next start, which finds that nothing in it is needed.
            LogDeleteFailed(logger, path, failure);
        }
    }

    [LoggerMessage(1601, LogLevel.Error, "The segment '{Path}' could not be cut back to what is committed")]
    private static partial void LogTruncateFailed(ILogger logger, string path, Exception failure);

    [LoggerMessage(1602, LogLevel.Warning, "The segment '{Path}' could not be deleted")]
    private static partial void LogDeleteFailed(ILogger logger, string path, Exception failure);
}
