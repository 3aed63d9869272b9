using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Notify.Protocol;

/// <summary>The masking of RFC 6455, section 5.3.</summary>
public static class WebSocketMask
{
    /// <summary>Copies <paramref name="source"/> with the mask applied. <paramref name="offset"/> is its place within the frame's payload.</summary>
    /// <param name="source">What came.</param>
    /// <param name="target">As long as the source; may be the source itself.</param>
    /// <param name="mask">The four mask bytes as they lie in memory.</param>
    /// <param name="offset">Bytes of the payload before these.</param>
    public static void Apply(ReadOnlySpan<byte> source, Span<byte> target, uint mask, int offset)
    {
        int turn = (offset & 3) * 8;
        mask = BitConverter.IsLittleEndian ? BitOperations.RotateRight(mask, turn) : BitOperations.RotateLeft(mask, turn);
        ulong wide = mask | (ulong)mask << 32;
        var sourceWords = MemoryMarshal.Cast<byte, ulong>(source);
        var targetWords = MemoryMarshal.Cast<byte, ulong>(target);
        for (int i = 0; i < sourceWords.Length; i++) targetWords[i] = sourceWords[i] ^ wide;

        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        if (BitConverter.IsLittleEndian) BinaryPrimitives.WriteUInt64LittleEndian(bytes, wide);
        else BinaryPrimitives.WriteUInt64BigEndian(bytes, wide);
        for (int i = sourceWords.Length * sizeof(ulong); i < source.Length; i++) target[i] = (byte)(source[i] ^ bytes[i & 7]);
    }
}
