using System.Buffers.Binary;

namespace Notify.Grains.Log.Files;

/// <summary>What stands at the beginning of each segment.</summary>
/// <param name="Id">The segment's number; numbers grow and are never used again.</param>
/// <param name="Salt">
/// Begins every checksum of the segment. It is random, so that no payload can be made that looks like a record to a recovery that has lost
/// its place.
/// </param>
/// <param name="BaseEpoch">The epoch of channels that nothing is known of.</param>
/// <param name="PreviousId">The segment written before; 0: none.</param>
/// <param name="PreviousLength">Up to where that one is good; what follows there was never acknowledged.</param>
internal readonly record struct SegmentHeader(int Id, uint Salt, long BaseEpoch, int PreviousId, int PreviousLength)
{
    public const int Bytes = 36;

    private static ReadOnlySpan<byte> Magic => "NotifyL\u0001"u8;

    public void Write(Span<byte> target)
    {
        Magic.CopyTo(target);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], Id);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], Salt);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], BaseEpoch);
        BinaryPrimitives.WriteInt32LittleEndian(target[24..], PreviousId);
        BinaryPrimitives.WriteInt32LittleEndian(target[28..], PreviousLength);
        BinaryPrimitives.WriteUInt32LittleEndian(target[32..], Checksum.Compute(0, target[..32]));
    }

    /// <summary>Reads a header; false when it is damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out SegmentHeader header)
    {
        header = default;
        if (source.Length < Bytes || !source.StartsWith(Magic)) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[32..]) != Checksum.Compute(0, source[..32])) return false;
        header = new(
            BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[28..]));
        return true;
    }
}
