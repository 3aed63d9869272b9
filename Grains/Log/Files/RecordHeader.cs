using System.Buffers.Binary;

namespace Notify.Grains.Log.Files;

/// <summary>
/// What stands before each record: enough to find the next one, to see whether this one is whole, and to tell a record that was being
/// written when the process died from one that was damaged later.
/// </summary>
/// <remarks><code>marker:4 length of body:4 batch:8 checksum of body:4 checksum of these fields:4 | body</code></remarks>
internal readonly record struct RecordHeader(int BodyLength, long Batch, uint BodyChecksum)
{
    public const int Bytes = 24;

    /// <summary>Begins every record; the last byte is the version of the record's form.</summary>
    public static ReadOnlySpan<byte> Marker => [(byte)'N', (byte)'L', 0xE5, 1];

    /// <summary>The record's length, this header included.</summary>
    public int Length => Bytes + BodyLength;

    /// <summary>Fills in the header of a record whose body stands at its place already.</summary>
    public static void Seal(Span<byte> record, long batch, uint salt)
    {
        Marker.CopyTo(record);
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], record.Length - Bytes);
        BinaryPrimitives.WriteInt64LittleEndian(record[8..], batch);
        BinaryPrimitives.WriteUInt32LittleEndian(record[16..], Checksum.Compute(salt, record[Bytes..]));
        BinaryPrimitives.WriteUInt32LittleEndian(record[20..], Checksum.Compute(salt, record[..20]));
    }

    /// <summary>Reads a header; false when these bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, uint salt, out RecordHeader header)
    {
        header = default;
        if (bytes.Length < Bytes || !bytes.StartsWith(Marker)) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]) != Checksum.Compute(salt, bytes[..20])) return false;
        header = new(
            BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]));
        return header.BodyLength >= 0;
    }

    /// <summary>Whether a body is the one that was written.</summary>
    public bool Matches(ReadOnlySpan<byte> body, uint salt) => Checksum.Compute(salt, body) == BodyChecksum;
}
