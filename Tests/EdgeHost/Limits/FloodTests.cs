using System.Text.Json;
using Notify.EdgeHost;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Limits;

/// <summary>Clients that send more than they may, each beside one that does not.</summary>
public class FloodTests
{
    [Fact]
    public async Task Flood_OfMessages_IsRefusedThenClosedAndOthersGoOn()
    {
        int handled = 0;
        await using var platform = await TestPlatform.StartAsync(new()
        {
            EdgeApp = app => app.MapNotifyMessage("echo", (JsonElement body, ClientConnection who) =>
            {
                if (who.User == "flooder") _ = Interlocked.Increment(ref handled);
                return body;
            }),
        });
        await using var flooder = await RawWebSocket.ConnectAsync(platform.Edge, "userid=flooder");
        await flooder.SendTextAsync("""{"url":"echo","body":1}""");
        Assert.Equal("reply", (await flooder.ReceiveJsonAsync()).GetProperty("type").GetString());
        await using var other = await RawWebSocket.ConnectAsync(platform.Edge, "userid=other");
        byte[] frame = RawWebSocket.FrameOf(1, """{"url":"echo","body":1,"ref":"f"}"""u8.ToArray());
        byte[] burst = [.. Enumerable.Repeat(frame, 400).SelectMany(f => f)];
        var flooding = FloodAsync(flooder, burst);

        for (int i = 0; i < 30; i++) // fewer than it may
        {
            await other.SendTextAsync($$"""{"url":"echo","body":{{i}},"ref":{{i}}}""");
            Assert.Equal(i, (await other.ReceiveJsonAsync()).GetProperty("body").GetInt32());
            _ = await platform.Edge.PushAsync("/users/other", $$"""{"data":{{i}}}""");
            Assert.Equal(i, (await other.ReceiveJsonAsync()).GetProperty("data").GetInt32());
        }

        var (refused, code) = await CountAsync(flooder);
        await flooding;
        TestContext.Current.TestOutputHelper?.WriteLine($"handled {handled}, refused {refused}, closed with {code}");
        Assert.Equal(CloseCodes.RateLimited, code);
        Assert.InRange(handled, 1, 200); // the burst of 100, and what a slow machine's seconds give
        Assert.InRange(refused, 1, 64);
    }

    [Fact]
    public async Task Flood_OverManyConnectionsOfOneUser_IsRefusedByTheUsersLimit()
    {
        await using var platform = await StartAsync(("User:FramesPerSecond", "0.01"), ("User:FramesBurst", "20"));
        var clients = new List<RawWebSocket>();
        for (int i = 0; i < 4; i++) clients.Add(await RawWebSocket.ConnectAsync(platform.Edge, "userid=many"));
        await using var other = await RawWebSocket.ConnectAsync(platform.Edge, "userid=other");
        int served = 0;
        for (int i = 0; i < 40; i++)
        {
            await clients[i % 4].SendTextAsync("""{"type":"ping","ref":1}""");
            var answer = await clients[i % 4].ReceiveJsonAsync();
            if (answer.GetProperty("type").GetString() == "reply") served++;
            else Assert.Equal((ErrorCodes.RateLimited, 1), (answer.GetProperty("code").GetString(), answer.GetProperty("ref").GetInt32()));
        }

        Assert.Equal(20, served);
        await other.SendTextAsync("""{"type":"ping"}""");
        Assert.Equal("reply", (await other.ReceiveJsonAsync()).GetProperty("type").GetString());

        // Over HTTP the same allowance counts.
        await using var sse = await RawSse.ConnectAsync(platform.Edge, "userid=many");
        using var refused = await platform.Edge.PostAsync($"/messages?userid=many&connection={sse.ConnectionId}", """{"url":"echo","body":1}""");
        Assert.Equal(429, (int)refused.StatusCode);
        foreach (var client in clients) await client.DisposeAsync();
    }

    [Fact]
    public async Task Flood_OverManyUsersOfOneAddress_IsRefusedByTheAddressesLimit()
    {
        await using var platform = await StartAsync(("Address:FramesPerSecond", "0.01"), ("Address:FramesBurst", "10"));
        int served = 0;
        for (int i = 0; i < 15; i++)
        {
            await using var client = await RawWebSocket.ConnectAsync(platform.Edge, $"userid=user{i}");
            await client.SendTextAsync("""{"type":"ping"}""");
            served += (await client.ReceiveJsonAsync()).GetProperty("type").GetString() == "reply" ? 1 : 0;
        }

        Assert.Equal(10, served);
    }

    [Fact]
    public async Task Flood_OfBytes_IsRefused()
    {
        await using var platform = await StartAsync(("Connection:BytesPerSecond", "1"), ("Connection:BytesBurst", "20000"));
        await using var client = await RawWebSocket.ConnectAsync(platform.Edge, "userid=bytes");
        string message = $$"""{"url":"echo","body":"{{new string('x', 9_000)}}","ref":1}""";
        await client.SendTextAsync(message);
        await client.SendTextAsync(message);
        await client.SendTextAsync(message);
        var answers = new[] { await client.ReceiveJsonAsync(), await client.ReceiveJsonAsync(), await client.ReceiveJsonAsync() };
        Assert.Single(answers, a => a.GetProperty("type").GetString() == "error" && a.GetProperty("code").GetString() == ErrorCodes.RateLimited);
    }

    [Fact]
    public async Task Flood_OfPings_IsClosed()
    {
        await using var platform = await StartAsync();
        await using var client = await RawWebSocket.ConnectAsync(platform.Edge, "userid=pings");
        byte[] frame = RawWebSocket.FrameOf((byte)WebSocketOpcode.Ping, [1]);
        var flooding = FloodAsync(client, [.. Enumerable.Repeat(frame, 400).SelectMany(f => f)]);
        Assert.Equal(CloseCodes.RateLimited, await client.ReceiveCloseAsync());
        await flooding;
    }

    [Fact]
    public async Task Limits_OfZero_AreNone()
    {
        await using var platform = await StartAsync(
            ("Connection:FramesPerSecond", "0"), ("Connection:BytesPerSecond", "0"), ("User:FramesPerSecond", "0"), ("User:BytesPerSecond", "0"),
            ("Address:FramesPerSecond", "0"), ("Address:BytesPerSecond", "0"));
        await using var client = await RawWebSocket.ConnectAsync(platform.Edge, "userid=free");
        for (int i = 0; i < 1000; i++)
        {
            await client.SendTextAsync($$"""{"type":"ping","ref":{{i}}}""");
            Assert.Equal("reply", (await client.ReceiveJsonAsync()).GetProperty("type").GetString());
        }
    }

    [Fact]
    public async Task Settings_OutOfRange_StopTheStart()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () => await (await StartAsync(("User:FramesBurst", "0"))).DisposeAsync());
        Assert.Contains("FramesBurst", failure.ToString(), StringComparison.Ordinal);
    }

    private static Task<TestPlatform> StartAsync(params (string Key, string Value)[] limits) => TestPlatform.StartAsync(new()
    {
        Settings = limits.ToDictionary(l => $"Notify:ClientLimits:{l.Key}", l => (string?)l.Value),
        EdgeApp = app => app.MapNotifyMessage("echo", (JsonElement body) => body),
    });

    /// <summary>Until the server has had enough.</summary>
    private static async Task FloodAsync(RawWebSocket client, byte[] burst)
    {
        try
        {
            await client.SendRawAsync(burst);
        }
        catch (IOException)
        {
            // Closed half way.
        }
    }

    private static async Task<(int Refused, int Code)> CountAsync(RawWebSocket client)
    {
        int refused = 0;
        while (true)
        {
            var (opcode, payload) = await client.ReceiveAsync();
            if (opcode == WebSocketOpcode.Close) return (refused, System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(payload));
            var answer = JsonElement.Parse(payload);
            if (answer.TryGetProperty("code", out var error) && error.GetString() == ErrorCodes.RateLimited) refused++;
        }
    }
}
