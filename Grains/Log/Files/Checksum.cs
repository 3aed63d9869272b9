using System.Buffers.Binary;
using System.Numerics;

namespace Notify.Grains.Log.Files;

/// <summary>CRC-32C (Castagnoli), by the processor's instruction where it has one.</summary>
internal static class Checksum
{
    /// <summary>Continues a checksum; begin with any number, which salts it.</summary>
    public static uint Compute(uint checksum, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            checksum = BitOperations.Crc32C(checksum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte value in bytes) checksum = BitOperations.Crc32C(checksum, value);
        return checksum;
    }
}
