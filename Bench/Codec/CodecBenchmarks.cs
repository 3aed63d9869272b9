using BenchmarkDotNet.Attributes;
using Notify.Protocol;

namespace Notify.Bench.Codec;

/// <summary>What a notification costs to encode, once per transport, and a client's frame to read.</summary>
[Config(typeof(InProcess))]
[MemoryDiagnoser]
public class CodecBenchmarks
{
    private const int PayloadBytes = 128;
    private static readonly byte[] ClientFrame = """{"type":"ping","ref":3}"""u8.ToArray();

    private static readonly FrameEncoder Encoder = new();
    private static readonly WebSocketMessageReader Reader = new(1 << 16);

    private NotificationFrame _json;
    private NotificationFrame _binary;
    private byte[] _masked = [];

    [GlobalSetup]
    public void SetUp()
    {
        _json = new()
        {
            Channel = new("company", "acme", 1_795_237_378_518_944, 2),
            Id = "01a1fc7c",
            Event = "order.shipped",
            Time = DateTimeOffset.UnixEpoch,
            Payload = new([(byte)'"', .. Enumerable.Repeat((byte)'x', PayloadBytes - 2), (byte)'"']),
        };
        _binary = _json with { IsBinary = true };
        _masked = [0x81, (byte)(0x80 | ClientFrame.Length), 1, 2, 3, 4, .. ClientFrame.Select((b, i) => (byte)(b ^ ((i % 4) + 1)))];
    }

    [Benchmark]
    public byte[] NotificationMessage() => Encoder.NotificationMessage(_json);

    [Benchmark]
    public byte[] NotificationMessageOfBytes() => Encoder.NotificationMessage(_binary);

    [Benchmark]
    public byte[] NotificationEvent() => Encoder.NotificationEvent(_json);

    /// <summary>Gives 1 when the message was complete.</summary>
    [Benchmark]
    public int ClientMessage()
    {
        ReadOnlySpan<byte> input = _masked;
        return Reader.Read(ref input, out _) == WebSocketReadStatus.Message ? 1 : 0;
    }
}
