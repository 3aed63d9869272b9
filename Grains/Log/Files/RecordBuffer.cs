namespace Notify.Grains.Log.Files;

/// <summary>Records on their way into a segment, as one piece of memory. Kept between batches unless one was very large.</summary>
internal sealed class RecordBuffer
{
    private const int KeepBytes = 8 << 20;

    private byte[] _bytes = new byte[64 << 10];

    /// <summary>How many bytes are in it.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeepBytes) _bytes = new byte[KeepBytes];
    }

    /// <summary>Forgets what was added after a length was taken.</summary>
    public void CutBack(int length) => Length = length;

    /// <summary>Adds a notification's record; how many bytes it took.</summary>
    /// <exception cref="ArgumentException">A text has a lone surrogate.</exception>
    public int AddEntry(Record record, Notification notification)
    {
        var room = Room(RecordHeader.Bytes + Record.MaxBytes(record.Channel) + NotificationCodec.MaxBytes(notification));
        int length = RecordHeader.Bytes + record.Write(room[RecordHeader.Bytes..]);
        length += NotificationCodec.Write(notification, room[length..]);
        Length += length;
        return length;
    }

    /// <summary>Adds a head's record; how many bytes it took.</summary>
    public int AddHead(Record record) => AddCopy(record, []);

    /// <summary>Adds a record whose notification is stored form already; how many bytes it took.</summary>
    public int AddCopy(Record record, ReadOnlySpan<byte> notification)
    {
        var room = Room(RecordHeader.Bytes + Record.MaxBytes(record.Channel) + notification.Length);
        int length = RecordHeader.Bytes + record.Write(room[RecordHeader.Bytes..]);
        notification.CopyTo(room[length..]);
        length += notification.Length;
        Length += length;
        return length;
    }

    /// <summary>Fills in the header of the record that was added at a place; a segment's salt must be known by then.</summary>
    public void Seal(int at, int length, long batch, uint salt) => RecordHeader.Seal(_bytes.AsSpan(at, length), batch, salt);

    private Span<byte> Room(int bytes)
    {
        if (_bytes.Length - Length < bytes)
        {
            var larger = new byte[Math.Max(_bytes.Length * 2L, (long)Length + bytes)];
            Written.CopyTo(larger);
            _bytes = larger;
        }

        return _bytes.AsSpan(Length);
    }
}
