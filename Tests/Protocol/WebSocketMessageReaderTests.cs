using System.Text;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Protocol;

public sealed class WebSocketMessageReaderTests(ITestOutputHelper output)
{
    private const int LimitBytes = 100_000;

    [Fact]
    public void Read_AnyCut_GivesTheSameMessages()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int round = 0; round < 200; round++)
        {
            var expected = new List<string>();
            var bytes = new List<byte>();
            for (int i = random.Next(1, 6); i > 0; i--) AddMessage(random, bytes, expected);
            using var reader = new WebSocketMessageReader(LimitBytes);
            var got = new List<string>();
            byte[] all = [.. bytes];
            for (int at = 0; at < all.Length;)
            {
                int length = Math.Min(random.Next(1, 1 + (round % 7 == 0 ? 3 : 5000)), all.Length - at);
                got.AddRange(ReadAll(reader, all.AsSpan(at, length)));
                at += length;
            }

            Assert.Equal(expected, got);
            Assert.Empty(ReadAll(reader, []));
            Assert.True(reader.IsIdle);
        }
    }

    [Fact]
    public void Read_PingWithinAMessage_ComesBetween()
    {
        using var reader = new WebSocketMessageReader(LimitBytes);
        byte[] bytes =
        [
            .. RawWebSocket.FrameOf(1, "He"u8.ToArray(), isFinal: false),
            .. RawWebSocket.FrameOf(9, "p"u8.ToArray()),
            .. RawWebSocket.FrameOf(0, "llo"u8.ToArray()),
        ];
        Assert.Equal(["Ping:p", "Text:Hello"], ReadAll(reader, bytes));
    }

    [Fact]
    public void Read_RfcExample_IsHello()
    {
        using var reader = new WebSocketMessageReader(LimitBytes);
        Assert.Equal(["Text:Hello"], ReadAll(reader, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]));
    }

    public static TheoryData<string, byte[], int> Violations => new()
    {
        { "reserved bit", RawWebSocket.FrameOf(1, "a"u8.ToArray(), reservedBits: 4), 1002 },
        { "unmasked", RawWebSocket.FrameOf(1, "a"u8.ToArray(), isMasked: false), 1002 },
        { "reserved opcode", RawWebSocket.FrameOf(3, []), 1002 },
        { "reserved control opcode", RawWebSocket.FrameOf(11, []), 1002 },
        { "fragmented ping", RawWebSocket.FrameOf(9, [], isFinal: false), 1002 },
        { "long ping", RawWebSocket.FrameOf(9, new byte[126]), 1002 },
        { "continuation without start", RawWebSocket.FrameOf(0, "a"u8.ToArray()), 1002 },
        { "message within message", [.. RawWebSocket.FrameOf(1, [], isFinal: false), .. RawWebSocket.FrameOf(1, [])], 1002 },
        { "long length for few bytes", [0x81, 0xFE, 0, 5, 1, 2, 3, 4, 0, 0, 0, 0, 0], 1002 },
        { "longest length for few bytes", [0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4], 1002 },
        { "negative length", [0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4], 1002 },
        { "too big", [0x81, 0xFF, 0, 0, 0, 0, 0x7F, 0, 0, 0, 1, 2, 3, 4], 1009 },
        { "too big in parts", [.. RawWebSocket.FrameOf(1, new byte[60_000], isFinal: false), .. RawWebSocket.FrameOf(0, new byte[60_000])], 1009 },
        { "text not UTF-8", RawWebSocket.FrameOf(1, [0xC3, 0x28]), 1007 },
        { "half a close code", RawWebSocket.FrameOf(8, [3]), 1002 },
        { "close code 1005", RawWebSocket.FrameOf(8, [3, 237]), 1002 },
        { "close code 999", RawWebSocket.FrameOf(8, [3, 231]), 1002 },
        { "close reason not UTF-8", RawWebSocket.FrameOf(8, [3, 232, 0xFF]), 1007 },
        { "a flood of fragments", [.. RawWebSocket.FrameOf(1, [], isFinal: false), .. Enumerable.Range(0, 2000).SelectMany(_ => RawWebSocket.FrameOf(0, [], isFinal: false))], 1009 },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public void Read_Violation_NamesTheCloseCode(string what, byte[] bytes, int code)
    {
        using var reader = new WebSocketMessageReader(LimitBytes);
        ReadOnlySpan<byte> input = bytes;
        WebSocketReadStatus status;
        WebSocketMessage message;
        do
        {
            status = reader.Read(ref input, out message);
        }
        while (status == WebSocketReadStatus.Message);
        Assert.True(status == WebSocketReadStatus.Violation, what);
        Assert.Equal(code, message.CloseCode);
        Assert.NotEmpty(message.Violation!);
    }

    private static void AddMessage(Random random, List<byte> bytes, List<string> expected)
    {
        string text = string.Concat(Enumerable.Repeat("aé☃𝄞", random.Next(0, random.Next(2) == 0 ? 8 : 3000)));
        byte[] payload = Encoding.UTF8.GetBytes(text);
        int parts = random.Next(1, 5);
        for (int i = 0; i < parts; i++)
        {
            var part = payload[(payload.Length * i / parts)..(payload.Length * (i + 1) / parts)];
            bytes.AddRange(RawWebSocket.FrameOf((byte)(i == 0 ? 1 : 0), part, isFinal: i == parts - 1));
            if (random.Next(3) != 0 || i == parts - 1) continue;
            bytes.AddRange(RawWebSocket.FrameOf(10, [(byte)'p']));
            expected.Add("Pong:p");
        }

        expected.Add("Text:" + text);
    }

    private static List<string> ReadAll(WebSocketMessageReader reader, ReadOnlySpan<byte> input)
    {
        var all = new List<string>();
        while (true)
        {
            var status = reader.Read(ref input, out var message);
            if (status == WebSocketReadStatus.NeedMore) return all;
            Assert.True(status == WebSocketReadStatus.Message, message.Violation);
            all.Add($"{message.Opcode}:{Encoding.UTF8.GetString(message.Payload)}");
        }
    }
}
