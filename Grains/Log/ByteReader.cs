using System.Buffers.Binary;
using System.Text;

namespace Notify.Grains.Log;

/// <summary>Reads what <see cref="ByteWriter"/> wrote.</summary>
/// <remarks>What is read was checked by a checksum before: bytes that end too soon are a defect and throw.</remarks>
internal ref struct ByteReader(ReadOnlySpan<byte> source)
{
    private readonly ReadOnlySpan<byte> _source = source;
    private int _at;

    public byte ReadByte() => _source[_at++];

    public ushort ReadUInt16()
    {
        ushort value = BinaryPrimitives.ReadUInt16LittleEndian(_source[_at..]);
        _at += sizeof(ushort);
        return value;
    }

    public long ReadInt64()
    {
        long value = BinaryPrimitives.ReadInt64LittleEndian(_source[_at..]);
        _at += sizeof(long);
        return value;
    }

    public string ReadText()
    {
        int bytes = BinaryPrimitives.ReadInt32LittleEndian(_source[_at..]);
        string text = Encoding.UTF8.GetString(_source.Slice(_at + 4, bytes));
        _at += 4 + bytes;
        return text;
    }

    public readonly ReadOnlySpan<byte> Rest => _source[_at..];
}
