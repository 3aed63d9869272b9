namespace Notify.Protocol;

/// <summary>Numbers as bytes of seven bits, the lowest first; the highest bit says that more follow.</summary>
internal static class Varint
{
    /// <summary>The largest number: what JavaScript can hold.</summary>
    public const long Limit = (1L << 53) - 1;

    /// <summary>Takes a number from the front.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> bytes, out long number)
    {
        number = 0;
        for (int i = 0; i < bytes.Length && i < 8; i++)
        {
            number |= (long)(bytes[i] & 0x7f) << (7 * i);
            if ((bytes[i] & 0x80) != 0) continue;
            bytes = bytes[(i + 1)..];
            return number <= Limit;
        }

        return false;
    }

    /// <summary>Writes a number; how many bytes it took, at most 8.</summary>
    public static int Write(long number, Span<byte> bytes)
    {
        int length = 0;
        for (; number >= 0x80; number >>= 7) bytes[length++] = (byte)(number | 0x80);
        bytes[length++] = (byte)number;
        return length;
    }
}
