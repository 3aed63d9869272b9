using System.Buffers.Binary;
using System.Text;

namespace Notify.Grains.Log;

/// <summary>Writes the stored form of values, little-endian, into room that the caller has made large enough.</summary>
internal ref struct ByteWriter(Span<byte> target)
{
    // Text that UTF-8 cannot hold must not be stored as something else.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Span<byte> _target = target;

    /// <summary>How many bytes were written.</summary>
    public int Length { get; private set; }

    /// <summary>The most bytes that <see cref="WriteText"/> needs.</summary>
    public static int MaxBytes(string? text) => text is null ? 0 : 4 + (text.Length * 3);

    /// <exception cref="ArgumentException">The text has a lone surrogate.</exception>
    public static void Check(string? text)
    {
        if (text is not null) _ = Utf8.GetByteCount(text);
    }

    public void WriteByte(byte value) => _target[Length++] = value;

    public void WriteUInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_target[Length..], value);
        Length += sizeof(ushort);
    }

    public void WriteInt64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_target[Length..], value);
        Length += sizeof(long);
    }

    public void WriteText(string text)
    {
        int bytes = Utf8.GetBytes(text, _target[(Length + 4)..]);
        BinaryPrimitives.WriteInt32LittleEndian(_target[Length..], bytes);
        Length += 4 + bytes;
    }

    /// <summary>Bytes up to the end of what is written: without their length.</summary>
    public void WriteRest(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_target[Length..]);
        Length += bytes.Length;
    }
}
