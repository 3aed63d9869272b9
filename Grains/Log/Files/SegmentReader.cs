using Microsoft.Win32.SafeHandles;

namespace Notify.Grains.Log.Files;

/// <summary>Reads the records of a segment one after the other.</summary>
internal sealed class SegmentReader(SafeFileHandle file, uint salt, int start, int end)
{
    private const int WindowBytes = 1 << 20;

    private byte[] _window = [];
    private int _windowAt;
    private int _windowLength;
    private readonly ulong _room = SpareRoom.Word(salt);
    private int _next = start;
    private int? _written;
    private RecordHeader _header;

    /// <summary>Where the record that was read begins.</summary>
    public int At { get; private set; } = start;

    /// <summary>Its length, header included.</summary>
    public int Length => _header.Length;

    public long Batch => _header.Batch;

    public ReadOnlySpan<byte> Body => Bytes(At + RecordHeader.Bytes, _header.BodyLength);

    /// <summary>Where reading goes on; after a failure, where it failed.</summary>
    public int Next => _next;

    public bool IsAtEnd => _next == end;

    /// <summary>Reads the next record; false at the end, and where there is no whole record.</summary>
    public bool TryRead()
    {
        if (!TryReadAt(_next, out _header)) return false;
        At = _next;
        _next += _header.Length;
        return true;
    }

    /// <summary>Behind the last byte that was certainly written: what follows is room that was made.</summary>
    public int WrittenEnd => _written ??= FindWrittenEnd();

    /// <summary>
    /// Whether what could not be read looks like a write that was cut off: it ends with the file before it is whole, or the disk had only
    /// got as far as making room for it, or room shows where the record should stand.
    /// </summary>
    public bool IsCutOff()
    {
        if (WrittenEnd - _next < RecordHeader.Bytes) return true;
        if (!RecordHeader.TryRead(Bytes(_next, RecordHeader.Bytes), salt, out var header)) return HasRoom(_next, RecordHeader.Bytes);
        return header.Length > end - _next || HasRoom(_next, header.Length);
    }

    /// <summary>
    /// Whether all whole records from here on are of one batch, the newest: then a place that was not written before them was in it, too, and
    /// nobody was told that it was stored. (A batch begins when the one before it is on the disk.)
    /// </summary>
    /// <param name="last">The newest batch before that place.</param>
    public bool IsNewestBatch(long last)
    {
        var rest = new SegmentReader(file, salt, _next, end);
        long? newest = null;
        while (true)
        {
            while (rest.TryRead())
            {
                if (rest.Batch != (newest ?? last) && (newest is not null || rest.Batch != last + 1)) return false;
                newest = rest.Batch;
            }

            if (rest.IsAtEnd || !rest.Resync()) return true;
        }
    }

    /// <summary>Looks for a whole record behind a damaged place; reading goes on there. False when there is none.</summary>
    public bool Resync()
    {
        for (int at = _next + 1; at <= end - RecordHeader.Bytes;)
        {
            var bytes = Bytes(at, Math.Min(WindowBytes, end - at));
            int found = bytes.IndexOf(RecordHeader.Marker);
            if (found < 0)
            {
                at += bytes.Length - RecordHeader.Marker.Length + 1;
                continue;
            }

            if (TryReadAt(at + found, out _))
            {
                _next = at + found;
                return true;
            }

            at += found + 1;
        }

        return false;
    }

    private int FindWrittenEnd()
    {
        for (int to = end; to > SegmentHeader.Bytes;)
        {
            int from = Math.Max(SegmentHeader.Bytes, to - WindowBytes);
            var bytes = Bytes(from, to - from);
            for (int i = bytes.Length - 1; i >= 0; i--)
            {
                if (!SpareRoom.MayBe(bytes[i], from + i, _room)) return from + i + 1;
            }

            to = from;
        }

        return SegmentHeader.Bytes;
    }

    // The disk has a sector or has it not: of what a record has in one, room may be all that shows, be it a byte.
    private bool HasRoom(int at, int count)
    {
        for (int from = at, to; from < at + count; from = to)
        {
            to = Math.Min((from / SpareRoom.SectorBytes + 1) * SpareRoom.SectorBytes, at + count);
            if (HasRun(from, Bytes(from, to - from), Math.Min(SpareRoom.ShortestBytes, to - from))) return true;
        }

        return false;
    }

    private bool HasRun(int at, ReadOnlySpan<byte> bytes, int wanted)
    {
        int run = 0;
        for (int i = 0; i < bytes.Length && run < wanted; i++) run = SpareRoom.IsIts(bytes[i], at + i, _room) ? run + 1 : 0;
        return run == wanted;
    }

    private bool TryReadAt(int at, out RecordHeader header)
    {
        header = default;
        if (end - at < RecordHeader.Bytes || !RecordHeader.TryRead(Bytes(at, RecordHeader.Bytes), salt, out header)) return false;
        return header.BodyLength <= end - at - RecordHeader.Bytes
            && header.Matches(Bytes(at + RecordHeader.Bytes, header.BodyLength), salt);
    }

    private ReadOnlySpan<byte> Bytes(int at, int count)
    {
        if (at < _windowAt || at + count > _windowAt + _windowLength) Fill(at, count);
        return _window.AsSpan(at - _windowAt, count);
    }

    private void Fill(int at, int count)
    {
        int wanted = Math.Min(Math.Max(count, WindowBytes), end - at);
        if (_window.Length < wanted) _window = new byte[wanted];
        _windowAt = at;
        for (_windowLength = 0; _windowLength < wanted;)
        {
            int read = RandomAccess.Read(file, _window.AsSpan(_windowLength, wanted - _windowLength), at + _windowLength);
            if (read == 0) throw new InvalidDataException("A segment of the channel log is shorter than it was a moment ago.");
            _windowLength += read;
        }
    }
}
