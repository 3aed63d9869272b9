namespace Notify.Grains.Log.Files;

/// <summary>The body of a record, but for the notification itself.</summary>
/// <remarks><code>kind:1 flags:1 channel kind:1 tenant:text name:text epoch:8 offset:8 | notification, or first kept offset:8</code></remarks>
/// <param name="Kind">What the record says.</param>
/// <param name="Flags">More about it.</param>
/// <param name="Channel">The channel.</param>
/// <param name="Position">The notification's position, or the head.</param>
/// <param name="FirstKept">With a head: the oldest offset that is retained.</param>
internal readonly record struct Record(RecordKind Kind, RecordFlags Flags, ChannelId Channel, Position Position, long FirstKept)
{
    private const int FixedBytes = 1 + 1 + 1 + 8 + 8 + 8;

    public bool IsCopy => (Flags & RecordFlags.Copy) != 0;

    public static int MaxBytes(ChannelId channel) => FixedBytes + ByteWriter.MaxBytes(channel.Tenant) + ByteWriter.MaxBytes(channel.Name);

    /// <summary>Writes the body, up to where the notification begins; how many bytes it took.</summary>
    public int Write(Span<byte> target)
    {
        var writer = new ByteWriter(target);
        writer.WriteByte((byte)Kind);
        writer.WriteByte((byte)Flags);
        writer.WriteByte((byte)Channel.Kind);
        writer.WriteText(Channel.Tenant);
        writer.WriteText(Channel.Name);
        writer.WriteInt64(Position.Epoch);
        writer.WriteInt64(Position.Offset);
        if (Kind == RecordKind.Head) writer.WriteInt64(FirstKept);
        return writer.Length;
    }

    /// <summary>Reads a body; <paramref name="notification"/> is what follows it.</summary>
    public static Record Read(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> notification)
    {
        var reader = new ByteReader(body);
        var kind = (RecordKind)reader.ReadByte();
        if (kind is not (RecordKind.Entry or RecordKind.Head))
            throw new InvalidDataException("The channel log was written by a newer version of this program.");
        var flags = (RecordFlags)reader.ReadByte();
        var channel = new ChannelId((ChannelKind)reader.ReadByte(), reader.ReadText(), reader.ReadText());
        var position = new Position(reader.ReadInt64(), reader.ReadInt64());
        long firstKept = kind == RecordKind.Head ? reader.ReadInt64() : 0;
        notification = reader.Rest;
        return new(kind, flags, channel, position, firstKept);
    }
}

/// <summary>What a record says. The numbers are stored: never renumber.</summary>
internal enum RecordKind : byte
{
    /// <summary>A notification, which makes its position the head of its channel, unless it is a copy.</summary>
    Entry = 1,

    /// <summary>A channel's head, without a notification.</summary>
    Head = 2,
}

/// <summary>More about a record. The numbers are stored: never renumber.</summary>
[Flags]
internal enum RecordFlags : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The next record belongs to the same append: both count or none.</summary>
    Continues = 1,

    /// <summary>Moved here out of an older segment: says nothing about the head.</summary>
    Copy = 2,
}
