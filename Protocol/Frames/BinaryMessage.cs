using System.Buffers.Binary;

namespace Notify.Protocol;

/// <summary>
/// A binary WebSocket message: two bytes (big-endian) with the length of the JSON header, the header, then the payload.
/// The header is the notification's JSON object without <c>data</c> and with <c>"encoding":"binary"</c>.
/// </summary>
public static class BinaryMessage
{
    /// <summary>Parts a message; false when it is too short for its own header.</summary>
    public static bool TrySplit(ReadOnlyMemory<byte> message, out ReadOnlyMemory<byte> header, out ReadOnlyMemory<byte> payload)
    {
        header = payload = default;
        if (message.Length < 2) return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(message.Span);
        if (message.Length < 2 + length) return false;
        header = message.Slice(2, length);
        payload = message[(2 + length)..];
        return true;
    }
}
