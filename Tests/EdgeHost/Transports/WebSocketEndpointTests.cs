using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Transports;

public class WebSocketEndpointTests(PlatformFixture fixture) : IClassFixture<PlatformFixture>
{
    private TestEdgeHost Edge => fixture.Platform.Edge;

    [Fact]
    public async Task Connect_Welcome_NamesEdgeAndChannels()
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=alice&company=acme&topics=a,b/c&topics=a");
        Assert.Equal("welcome", client.Welcome.GetProperty("type").GetString());
        Assert.Equal(Edge.Id.ToString(), client.Welcome.GetProperty("edge").GetString());
        Assert.StartsWith($"{Edge.Id}-", client.ConnectionId, StringComparison.Ordinal);
        Assert.Equal(25, client.Welcome.GetProperty("pingSeconds").GetInt32());
        Assert.Equal(
            ["user alice", "company acme", "everyone ", "topic a", "topic b/c"],
            client.Welcome.GetProperty("channels").EnumerateArray().Select(c => $"{c.GetProperty("kind").GetString()} {c.GetProperty("id").GetString()}"));
    }

    [Fact]
    public async Task Subscribe_Later_DeliversFromTheReplyOn()
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=sub1");
        await client.SendTextAsync("""{"type":"subscribe","topics":["stocks/AAPL"],"ref":"r"}""");
        var reply = await client.ReceiveJsonAsync();
        Assert.Equal("reply", reply.GetProperty("type").GetString());
        Assert.Equal("r", reply.GetProperty("ref").GetString());
        Assert.Equal("stocks/AAPL", reply.GetProperty("channels")[0].GetProperty("id").GetString());
        _ = await Edge.PushAsync("/topics/stocks/AAPL", """{"data":1}""");
        Assert.Equal("stocks/AAPL", (await client.ReceiveJsonAsync()).GetProperty("channel").GetProperty("id").GetString());

        await client.SendTextAsync("""{"type":"unsubscribe","topics":["stocks/AAPL","other"]}""");
        Assert.Equal(1, (await client.ReceiveJsonAsync()).GetProperty("channels").GetArrayLength());
        _ = await Edge.PushAsync("/topics/stocks/AAPL", """{"data":2}""");
        _ = await Edge.PushAsync("/users/sub1", """{"data":3}""");
        Assert.Equal(3, (await client.ReceiveJsonAsync()).GetProperty("data").GetInt32());
    }

    [Fact]
    public async Task Subscribe_BeforeTheWelcome_IsServedAfterIt()
    {
        await using var client = await RawWebSocket.OpenAsync(Edge, "userid=early");
        await client.SendTextAsync("""{"type":"subscribe","topics":["early/t"]}""");
        Assert.Equal("welcome", (await client.ReceiveJsonAsync()).GetProperty("type").GetString());
        Assert.Equal("reply", (await client.ReceiveJsonAsync()).GetProperty("type").GetString());
    }

    [Fact]
    public async Task Subscribe_TooManyTopics_IsAnError()
    {
        string topics = string.Join(',', Enumerable.Range(0, 63).Select(i => $"many/{i}"));
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=many&topics=" + topics);
        await client.SendTextAsync("""{"type":"subscribe","topics":["many/0","many/63"]}""");
        Assert.Equal("reply", (await client.ReceiveJsonAsync()).GetProperty("type").GetString());
        await client.SendTextAsync("""{"type":"subscribe","topics":["many/64"],"ref":1}""");
        var error = await client.ReceiveJsonAsync();
        Assert.Equal("error", error.GetProperty("type").GetString());
        Assert.Equal(ErrorCodes.TooManyTopics, error.GetProperty("code").GetString());
        Assert.Equal(1, error.GetProperty("ref").GetInt32());
    }

    [Theory]
    [InlineData("""{"type":"ping","ref":3}""", "reply", null)]
    [InlineData("""{"url":"a/b","body":{}}""", "error", ErrorCodes.NotMapped)]
    [InlineData("""{"type":"token","token":"x"}""", "error", ErrorCodes.BadToken)]
    [InlineData("""nonsense""", "error", ErrorCodes.InvalidJson)]
    [InlineData("""{"type":"subscribe","topics":[" a"]}""", "error", ErrorCodes.InvalidField)]
    public async Task Frame_IsAnswered(string frame, string type, string? code)
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=frames");
        await client.SendTextAsync(frame);
        var answer = await client.ReceiveJsonAsync();
        Assert.Equal(type, answer.GetProperty("type").GetString());
        if (code is not null) Assert.Equal(code, answer.GetProperty("code").GetString());
        await client.SendTextAsync("""{"type":"ping"}""");
        Assert.Equal("reply", (await client.ReceiveJsonAsync()).GetProperty("type").GetString());
    }

    [Fact]
    public async Task Frames_BadOnesInARow_CloseAsBadRequest()
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=flood");
        for (int i = 0; i < 33; i++) await client.SendTextAsync("nonsense");
        Assert.Equal(CloseCodes.BadRequest, await client.ReceiveCloseAsync());
        await client.WaitForEndAsync();
    }

    public static TheoryData<string, byte[], int> Violations => new()
    {
        { "unmasked", RawWebSocket.FrameOf(1, "{}"u8.ToArray(), isMasked: false), 1002 },
        { "reserved bit", RawWebSocket.FrameOf(1, "{}"u8.ToArray(), reservedBits: 1), 1002 },
        { "binary", RawWebSocket.FrameOf(2, [1]), 1003 },
        { "bad UTF-8", RawWebSocket.FrameOf(1, [0xFF]), 1007 },
        { "too big", RawWebSocket.FrameOf(1, new byte[20_000]), 1009 },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task Frame_ThatBreaksTheRules_ClosesWithItsCode(string what, byte[] frame, int code)
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=rules");
        await client.SendRawAsync(frame);
        Assert.True(code == await client.ReceiveCloseAsync(), what);
        await client.WaitForEndAsync();
    }

    [Fact]
    public async Task Ping_IsAnsweredWithItsPayload()
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=pings");
        await client.SendFrameAsync((byte)WebSocketOpcode.Ping, "abc"u8.ToArray());
        var (opcode, payload) = await client.ReadFrameAsync().Within("the pong");
        Assert.Equal((WebSocketOpcode.Pong, "abc"), (opcode, Encoding.UTF8.GetString(payload)));
    }

    [Fact]
    public async Task Close_ByTheClient_IsAnsweredWithItsCode()
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=closes");
        await client.SendCloseAsync(1001);
        Assert.Equal(1001, await client.ReceiveCloseAsync());
        await client.WaitForEndAsync();
    }

    [Fact]
    public async Task Connect_OverHttp2_Works()
    {
        using var handler = new SocketsHttpHandler();
        using var invoker = new HttpMessageInvoker(handler);
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await using var platform = await TestPlatform.StartAsync(new() { IsHttp2Only = true });
        var address = new UriBuilder(platform.Edge.Address) { Scheme = "ws", Path = "/ws", Query = "userid=h2" }.Uri;
        await socket.ConnectAsync(address, invoker, TestContext.Current.CancellationToken).Within("the handshake over HTTP/2");
        byte[] buffer = new byte[4096];
        var result = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken).Within("the welcome");
        Assert.Equal("welcome", JsonElement.Parse(buffer.AsSpan(0, result.Count)).GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("/ws?userid=a", 426)]
    [InlineData("/sse", 401)]
    [InlineData("/sse?userid=%20", 400)]
    [InlineData("/sse?userid=a&clientId=%01", 400)]
    [InlineData("/sse?userid=a&topics=%20x", 400)]
    [InlineData("/sse?userid=a&resume=last:0", 400)]
    public async Task Connect_ThatIsRefused_IsAProblem(string address, int status)
    {
        using var answer = await Edge.Http.GetAsync(new Uri(address, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Connect_WithTooManyTopics_IsRefused()
    {
        string topics = string.Join(',', Enumerable.Range(0, 65));
        var failure = await Assert.ThrowsAsync<IOException>(() => RawWebSocket.OpenAsync(Edge, "userid=a&topics=" + topics));
        Assert.Contains("400", failure.Message, StringComparison.Ordinal);
    }
}
