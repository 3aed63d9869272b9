using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace Notify.Protocol;

/// <summary>The opcodes of RFC 6455, section 11.8.</summary>
public enum WebSocketOpcode : byte
{
    /// <summary>A further part of a message.</summary>
    Continuation = 0,

    /// <summary>A text message.</summary>
    Text = 1,

    /// <summary>A binary message.</summary>
    Binary = 2,

    /// <summary>The end of the connection, with a code.</summary>
    Close = 8,

    /// <summary>To be answered by a pong.</summary>
    Ping = 9,

    /// <summary>The answer to a ping.</summary>
    Pong = 10,
}

/// <summary>Frames from a server: never masked, never fragmented.</summary>
public static class WebSocketFrames
{
    private const int ControlLimitBytes = 125;
    private const string HandshakeGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>An empty ping.</summary>
    public static byte[] Ping { get; } = Control(WebSocketOpcode.Ping, default);

    /// <summary>How long the header is for so long a payload.</summary>
    public static int HeaderBytes(int payloadBytes) => payloadBytes switch { < 126 => 2, <= ushort.MaxValue => 4, _ => 10 };

    /// <summary>Writes the header of a complete message; returns its length.</summary>
    public static int WriteHeader(Span<byte> frame, WebSocketOpcode opcode, int payloadBytes)
    {
        frame[0] = (byte)(0x80 | (byte)opcode);
        switch (HeaderBytes(payloadBytes))
        {
            case 2:
                frame[1] = (byte)payloadBytes;
                return 2;
            case 4:
                frame[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(frame[2..], (ushort)payloadBytes);
                return 4;
            default:
                frame[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(frame[2..], (ulong)payloadBytes);
                return 10;
        }
    }

    /// <summary>A control frame; at most 125 bytes of payload.</summary>
    public static byte[] Control(WebSocketOpcode opcode, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, ControlLimitBytes);
        byte[] frame = new byte[2 + payload.Length];
        int header = WriteHeader(frame, opcode, payload.Length);
        payload.CopyTo(frame.AsSpan(header));
        return frame;
    }

    /// <summary>A close frame; a reason that is too long is cut at a character.</summary>
    public static byte[] Close(int code, string reason)
    {
        Span<byte> payload = stackalloc byte[ControlLimitBytes];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        _ = Utf8.FromUtf16(reason, payload[2..], out _, out int length);
        return Control(WebSocketOpcode.Close, payload[..(2 + length)]);
    }

    /// <summary>The value of Sec-WebSocket-Accept for a key.</summary>
    public static string AcceptOf(string key)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // RFC 6455 prescribes SHA-1 here; it protects nothing.
        _ = SHA1.HashData(Encoding.ASCII.GetBytes(key + HandshakeGuid), hash);
#pragma warning restore CA5350
        return Convert.ToBase64String(hash);
    }

    /// <summary>Whether a Sec-WebSocket-Key is 16 bytes of base64.</summary>
    public static bool IsKey(string? key)
    {
        Span<byte> bytes = stackalloc byte[18];
        return key is { Length: 24 } && Convert.TryFromBase64String(key, bytes, out int length) && length == 16;
    }
}
