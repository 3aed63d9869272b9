using System.Buffers.Binary;
using Notify.Tests.Platform;

namespace Notify.Tests.EndToEnd.Hostile;

/// <summary>Frames that break RFC 6455, each on a connection that is welcome.</summary>
internal static class FrameAttacks
{
    private const byte Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9;

    public static IEnumerable<Attack> All =>
    [
        Frame("reserved bits", "close 1002", r => RawWebSocket.FrameOf(Text, "{}"u8.ToArray(), reservedBits: r.Next(1, 8))),
        Frame("unknown opcodes", "close 1002", r => RawWebSocket.FrameOf((byte)(r.Next(2) == 0 ? r.Next(3, 8) : r.Next(11, 16)), [])),
        Frame("unmasked frames", "close 1002", r => RawWebSocket.FrameOf((byte)(r.Next(2) == 0 ? Text : Ping), "{}"u8.ToArray(), isMasked: false)),
        Frame("control frames over 125 bytes", "close 1002", r => RawWebSocket.FrameOf((byte)r.Next(8, 11), new byte[r.Next(126, 70_000)])),
        Frame("fragmented control frames", "close 1002", r => RawWebSocket.FrameOf((byte)r.Next(8, 11), [], isFinal: false)),
        Frame("a continuation without a beginning", "close 1002", _ => RawWebSocket.FrameOf(Continuation, "x"u8.ToArray())),
        Frame("a message within a message", "close 1002", _ => [.. RawWebSocket.FrameOf(Text, "{"u8.ToArray(), isFinal: false), .. RawWebSocket.FrameOf(Text, "}"u8.ToArray())]),
        Frame("a binary message", "close 1003", r => RawWebSocket.FrameOf(Binary, new byte[r.Next(100)])),
        Frame("text that is not UTF-8", "close 1007", r => RawWebSocket.FrameOf(Text, NotUtf8(r))),
        Frame("text cut within a character", "close 1007", _ => [.. RawWebSocket.FrameOf(Text, [0x22, 0xE2, 0x82], isFinal: false), .. RawWebSocket.FrameOf(Continuation, [0x22])]),
        Frame("text over the limit", "close 1009", r => RawWebSocket.FrameOf(Text, new byte[r.Next(16_385, 1 << 20)])),
        Frame("a length of up to 2^63-1", "close 1009", r => Length(r.NextInt64(1 << 16, long.MaxValue))),
        Frame("a length of 2^63 and more", "close 1002", r => Length(long.MinValue + r.NextInt64())),
        Frame("a length in eight bytes where two do", "close 1002", r => Length(r.Next(65_536))),
        Frame("a length in two bytes where none do", "close 1002", r => [0x81, 0xFE, 0, (byte)r.Next(126), 1, 2, 3, 4]),
        Frame("half a close code", "close 1002", r => RawWebSocket.FrameOf(Close, [(byte)r.Next(256)])),
        Frame("close codes that are none", "close 1002", r => RawWebSocket.FrameOf(Close, Code(BadCodes[r.Next(BadCodes.Length)]))),
        Frame("a close reason that is not UTF-8", "close 1007", _ => RawWebSocket.FrameOf(Close, [0x03, 0xE8, 0xC3, 0x28])),
        Frame("frames after the close", "close 1000", r => [.. RawWebSocket.FrameOf(Close, Code(1000)), .. RawWebSocket.FrameOf(Text, NotUtf8(r)), 0xFF, 0xFF]),
        new("5,000 fragments, never finished", ["close 1009"], (target, r) => FloodAsync(target, Many(5_000, _ => RawWebSocket.FrameOf(Continuation, [(byte)'x'], isFinal: false)))),
        new("5,000 empty fragments", ["close 1009"], (target, r) => FloodAsync(target, Many(5_000, _ => RawWebSocket.FrameOf(Continuation, [], isFinal: false)))),
        new("fragments with pings between", ["close 4105"], (target, r) => FloodAsync(target, Many(3_000, i => RawWebSocket.FrameOf(i % 3 == 0 ? Ping : Continuation, [1], isFinal: i % 3 == 0)))),
        new("5,000 pings", ["close 4105"], async (target, r) =>
        {
            using var socket = await target.OpenAsync();
            _ = await socket.SendAsync(Many(5_000, _ => RawWebSocket.FrameOf(Ping, new byte[r.Next(126)])));
            return await socket.LivesAsync();
        }),
        new("20,000 pings, no pong is read, then reset", ["gone"], async (target, r) =>
        {
            using var socket = await target.OpenAsync();
            byte[] pings = Many(1_000, _ => RawWebSocket.FrameOf(Ping, new byte[125]));
            for (int i = 0; i < 20; i++) _ = await socket.SendAsync(pings);
            socket.Reset();
            return "gone";
        }, Count: 1),
    ];

    private static readonly int[] BadCodes = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1999, 2000, 2999, 5000, 65_535];

    private static Attack Frame(string kind, string ending, Func<Random, byte[]> bytes) => new(kind, [ending], async (target, random) =>
    {
        using var socket = await target.OpenAsync();
        var ended = socket.EndingAsync();
        _ = await socket.SendAsync(bytes(random));
        return await ended;
    });

    private static async Task<string> FloodAsync(HostileTarget target, byte[] rest)
    {
        using var socket = await target.OpenAsync();
        var ended = socket.EndingAsync();
        _ = await socket.SendAsync(RawWebSocket.FrameOf(Text, [], isFinal: false));
        _ = await socket.SendAsync(rest);
        return await ended;
    }

    private static byte[] Many(int count, Func<int, byte[]> frame) => [.. Enumerable.Range(0, count).SelectMany(frame)];

    private static byte[] Length(long length)
    {
        byte[] header = [0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4];
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(2), length);
        return header;
    }

    private static byte[] Code(int code) => [(byte)(code >> 8), (byte)code];

    // 0xFF is in no UTF-8.
    private static byte[] NotUtf8(Random random)
    {
        byte[] bytes = new byte[random.Next(1, 200)];
        random.NextBytes(bytes);
        bytes[random.Next(bytes.Length)] = 0xFF;
        return bytes;
    }
}
