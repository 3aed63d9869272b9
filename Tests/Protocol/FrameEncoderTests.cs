using System.Text;
using System.Text.Json;
using Notify.Protocol;
using Xunit;

namespace Notify.Tests.Protocol;

public sealed class FrameEncoderTests : IDisposable
{
    private static readonly NotificationFrame Sample = new()
    {
        Channel = new WireChannel("company", "acme", 17, 4),
        Id = "n1",
        Event = "order.shipped",
        Time = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Payload = """{"a" : "ü"}"""u8.ToArray(),
    };

    private readonly FrameEncoder _encoder = new();

    [Fact]
    public void NotificationMessage_IsOneTextFrameWithThePayloadAsItCame() => Assert.Equal(
        """{"type":"notification","channel":{"kind":"company","id":"acme"},"position":"17-4","id":"n1","event":"order.shipped","time":"2030-01-02T03:04:05Z","data":{"a" : "ü"}}""",
        TextOf(_encoder.NotificationMessage(Sample)));

    [Fact]
    public void NotificationMessage_Ephemeral_SaysSo() => Assert.Equal(
        """{"type":"notification","channel":{"kind":"company","id":"acme"},"position":"17-4","id":"n1","time":"2030-01-02T03:04:05Z","ephemeral":true,"data":{"a" : "ü"}}""",
        TextOf(_encoder.NotificationMessage(Sample with { IsEphemeral = true, Event = null })));

    [Fact]
    public void NotificationMessage_ToAConnection_HasNoChannelAndNoPosition() => Assert.Equal(
        """{"type":"notification","id":"n1","event":"order.shipped","time":"2030-01-02T03:04:05Z","data":{"a" : "ü"}}""",
        TextOf(_encoder.NotificationMessage(Sample with { Channel = null })));

    [Theory]
    [InlineData(0, 2)]
    [InlineData(125 - 200, 2)]
    [InlineData(1000, 4)]
    [InlineData(70_000, 10)]
    public void NotificationMessage_AnyLength_HasTheShortestHeader(int length, int headerBytes)
    {
        byte[] frame = _encoder.NotificationMessage(new() { Id = "x", Payload = Encoding.UTF8.GetBytes($"\"{new string('y', Math.Max(0, length))}\"") });
        Assert.Equal(headerBytes, frame.Length > 70_000 ? 10 : frame.Length > 127 ? 4 : 2);
        _ = JsonDocument.Parse(TextOf(frame));
    }

    [Fact]
    public void NotificationMessage_Binary_HasAHeaderAndTheBytes()
    {
        byte[] payload = [0, 255, 10, 13];
        byte[] frame = _encoder.NotificationMessage(Sample with { IsBinary = true, Payload = payload });
        Assert.Equal(0x82, frame[0]);
        Assert.True(BinaryMessage.TrySplit(frame.AsMemory(WebSocketFrames.HeaderBytes(frame.Length - 4)), out var header, out var rest));
        Assert.Equal(payload, rest.ToArray());
        Assert.Equal("binary", JsonElement.Parse(header.Span).GetProperty("encoding").GetString());
        Assert.False(JsonElement.Parse(header.Span).TryGetProperty("data", out _));
    }

    [Fact]
    public void NotificationEvent_HasEventAndData() => Assert.Equal(
        "event: order.shipped\ndata: {\"type\":\"notification\",\"channel\":{\"kind\":\"company\",\"id\":\"acme\"},\"position\":\"17-4\",\"id\":\"n1\",\"event\":\"order.shipped\",\"time\":\"2030-01-02T03:04:05Z\",\"data\":{\"a\" : \"ü\"}}\n\n",
        Encoding.UTF8.GetString(_encoder.NotificationEvent(Sample)));

    [Theory]
    [InlineData("{\n\"a\":1\n}", 3)]
    [InlineData("{\r\n\"a\":1}", 2)]
    [InlineData("{\r\"a\":1\r\r\n}", 4)]
    public void NotificationEvent_LineBreaksInThePayload_BecomeDataLines(string payload, int lines)
    {
        string text = Encoding.UTF8.GetString(_encoder.NotificationEvent(Sample with { Payload = Encoding.UTF8.GetBytes(payload) }));
        Assert.DoesNotContain('\r', text);
        string[] data = [.. text.Split('\n').Where(l => l.StartsWith("data: ", StringComparison.Ordinal)).Select(l => l[6..])];
        Assert.Equal(lines, data.Length);
        Assert.Equal(1, JsonElement.Parse(string.Join('\n', data)).GetProperty("data").GetProperty("a").GetInt32());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("error")]
    [InlineData("open")]
    [InlineData("message")]
    [InlineData("welcome")]
    [InlineData("a\nb")]
    public void EventNameOf_NamesThatMeanSomethingElse_BecomeNotification(string? name) =>
        Assert.Equal("notification", SseEventWriter.EventNameOf(name));

    [Fact]
    public void NotificationEvent_Binary_IsBase64()
    {
        string text = Encoding.UTF8.GetString(_encoder.NotificationEvent(Sample with { IsBinary = true, Payload = new byte[] { 1, 2, 3 } }));
        Assert.Contains("\"encoding\":\"base64\",\"data\":\"AQID\"}", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Welcome_OverSse_SaysHowSoonToReconnect()
    {
        var frame = new WelcomeFrame("e-1", "e", [new("everyone", "", 0, 0)], 25);
        Assert.Equal(
            "retry: 1500\nevent: welcome\ndata: {\"type\":\"welcome\",\"connectionId\":\"e-1\",\"edge\":\"e\",\"channels\":[{\"kind\":\"everyone\",\"id\":\"\",\"position\":\"0-0\"}],\"pingSeconds\":25}\n\n",
            Encoding.UTF8.GetString(_encoder.Welcome(frame, isSse: true, TimeSpan.FromSeconds(1.5))));
    }

    [Fact]
    public void Reply_RepeatsTheRefAsItCame() => Assert.Equal(
        """{"type":"reply","to":"ping","ref":"a\"b"}""", TextOf(_encoder.Reply(new(FrameTypes.Ping, """ "a\"b" """u8.ToArray().AsMemory(1, 6)))));

    [Fact]
    public void AcceptOf_IsTheRfcExample() => Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", WebSocketFrames.AcceptOf("dGhlIHNhbXBsZSBub25jZQ=="));

    public void Dispose() => _encoder.Dispose();

    private static string TextOf(byte[] frame)
    {
        Assert.Equal(0x81, frame[0]);
        int header = (frame[1] & 0x7F) switch { 126 => 4, 127 => 10, _ => 2 };
        Assert.Equal(header, WebSocketFrames.HeaderBytes(frame.Length - header));
        return Encoding.UTF8.GetString(frame.AsSpan(header));
    }
}
