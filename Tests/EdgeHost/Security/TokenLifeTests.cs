using System.Text.Json;
using Notify.Client;
using Notify.Protocol;
using Notify.Tests.EdgeHost.Security.Tokens;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Security;

/// <summary>A token lives with its connection: it may come in three ways, ends, is renewed and revoked.</summary>
public class TokenLifeTests
{
    [Fact]
    public async Task Token_ComesInTheHeaderTheQueryOrTheFirstMessage()
    {
        await using var platform = await TestSecurity.StartAsync();
        string token = TestTokens.Of("alice", "acme", ["a/*"]);
        await using var header = await RawWebSocket.ConnectAsync(platform.Edge, "topics=a/b", headers: $"Authorization: Bearer {token}\r\n");
        await using var query = await RawWebSocket.ConnectAsync(platform.Edge, $"topics=a/b&access_token={token}");
        await using var sse = await RawSse.ConnectAsync(platform.Edge, $"topics=a/b&access_token={token}");
        await using var message = await RawWebSocket.OpenAsync(platform.Edge, "topics=a/b&auth=message");
        byte[] both = [.. TokenFrame(token), .. RawWebSocket.FrameOf((byte)WebSocketOpcode.Text, """{"type":"ping","ref":9}"""u8.ToArray())];
        await message.SendRawAsync(both); // what comes with the token is not lost
        string[] types = [TypeOf(await message.ReceiveJsonAsync()), TypeOf(await message.ReceiveJsonAsync())];
        Assert.Equal(["reply", "welcome"], types.Order());
        Assert.Equal(202, (await platform.Edge.PushAsync("/topics/a/b", TestSecurity.PlatformKey, "hello")).Status);
        foreach (var client in (RawWebSocket[])[header, query, message]) Assert.Equal("hello", (await client.ReceiveJsonAsync()).GetProperty("id").GetString());
        Assert.Equal("hello", (await sse.ReceiveJsonAsync()).GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("""{"type":"ping"}""", CloseCodes.Unauthorized)]
    [InlineData("rubbish", CloseCodes.Unauthorized)]
    [InlineData("""{"type":"token","token":"rubbish"}""", CloseCodes.Unauthorized)]
    [InlineData("expired", CloseCodes.Unauthorized)]
    [InlineData("other topics", CloseCodes.Forbidden)]
    [InlineData("nothing", CloseCodes.Unauthorized)]
    public async Task FirstMessage_ThatIsNoGoodToken_Closes(string text, int code)
    {
        await using var platform = await TestSecurity.StartAsync(more: [new("Notify:Authentication:FirstMessageTimeout", "00:00:00.500")]);
        await using var client = await RawWebSocket.OpenAsync(platform.Edge, "auth=message&topics=a/b");
        string? frame = text switch
        {
            "expired" => FrameOf(TestTokens.Of("alice", seconds: -60, topics: ["**"])),
            "other topics" => FrameOf(TestTokens.Of("alice", topics: ["b/**"])),
            "nothing" => null,
            _ => text,
        };
        if (frame is not null) await client.SendTextAsync(frame);
        Assert.Equal(code, await client.ReceiveCloseAsync());
        Assert.Empty(await platform.Grains.GetGrain<IUserGrain>("alice").GetConnections());
    }

    [Fact]
    public async Task FirstMessage_OfTooMany_IsRefused()
    {
        await using var platform = await TestSecurity.StartAsync(more: [new("Notify:Authentication:FirstMessageLimitCount", "1"), new("Notify:Authentication:FirstMessageTimeout", "00:01:00")]);
        var first = await RawWebSocket.OpenAsync(platform.Edge, "auth=message");
        Assert.Contains(" 503 ", (await Assert.ThrowsAsync<IOException>(() => RawWebSocket.OpenAsync(platform.Edge, "auth=message"))).Message, StringComparison.Ordinal);
        await first.DisposeAsync();
        await Polling.Until(async () =>
        {
            try
            {
                await using var next = await RawWebSocket.OpenAsync(platform.Edge, "auth=message");
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }, "the room of the one that left");
    }

    [Fact]
    public async Task Topics_OutsideThePatterns_AreRefusedEverywhere()
    {
        await using var platform = await TestSecurity.StartAsync();
        var edge = platform.Edge;
        string token = TestTokens.Of("alice", topics: ["a/*", "orders/**"]);
        Assert.Equal(403, (await edge.SendAsync(HttpMethod.Get, "/sse?topics=a/b,c", token)).Status);
        Assert.Equal(403, (await edge.SendAsync(HttpMethod.Get, "/sse?topics=a", TestTokens.Of("alice"))).Status); // no patterns: none, outside Development
        await using var client = await RawWebSocket.ConnectAsync(edge, $"access_token={token}&topics=a/b,orders/1/2");
        await client.SendTextAsync("""{"type":"subscribe","topics":["a/c","c"],"ref":1}""");
        Assert.Equal(ErrorCodes.Forbidden, (await client.ReceiveJsonAsync()).GetProperty("code").GetString());
        await client.SendTextAsync("""{"type":"subscribe","topics":["a/c"],"ref":2}""");
        Assert.Equal("reply", TypeOf(await client.ReceiveJsonAsync()));

        // A cursor that names them opens nothing.
        Assert.Equal(202, (await edge.PushAsync("/topics/c", TestSecurity.PlatformKey, "secret")).Status);
        await using var resumed = await RawWebSocket.ConnectAsync(edge, $"access_token={token}&resume=last:10");
        Assert.DoesNotContain(resumed.Welcome.GetProperty("channels").EnumerateArray(), c => c.GetProperty("kind").GetString() == "topic");

        await client.SendTextAsync(FrameOf(TestTokens.Of("alice", topics: ["a/b"])));
        var reply = await client.ReceiveJsonAsync();
        Assert.Equal(["a/c", "orders/1/2"], reply.GetProperty("channels").EnumerateArray().Select(c => c.GetProperty("id").GetString()).Order());
        Assert.Equal(202, (await edge.PushAsync("/topics/a/c", TestSecurity.PlatformKey, "lost")).Status);
        Assert.Equal(202, (await edge.PushAsync("/topics/a/b", TestSecurity.PlatformKey, "kept")).Status);
        Assert.Equal("kept", (await client.ReceiveJsonAsync()).GetProperty("id").GetString());
        await client.SendTextAsync("""{"type":"subscribe","topics":["a/c"]}""");
        Assert.Equal(ErrorCodes.Forbidden, (await client.ReceiveJsonAsync()).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Expiry_ClosesOnBothTransports_UnlessRenewed()
    {
        await using var platform = await TestSecurity.StartAsync(more: [new("Notify:Authentication:ClockSkew", "00:00:00")]);
        string brief = TestTokens.Of("alice", "acme", seconds: 4);
        await using var webSocket = await RawWebSocket.ConnectAsync(platform.Edge, $"access_token={brief}");
        await using var renewed = await RawWebSocket.ConnectAsync(platform.Edge, $"access_token={brief}");
        await using var sse = await RawSse.ConnectAsync(platform.Edge, $"access_token={brief}");

        // Renewals that do not count, then one that does.
        foreach (string bad in (string[])["rubbish", TestTokens.Of("bob", "acme"), TestTokens.Of("alice", "globex"), TestTokens.Of("alice"), TestTokens.Of("alice", "acme", seconds: -5)])
        {
            await renewed.SendTextAsync(FrameOf(bad));
            Assert.Equal(ErrorCodes.BadToken, (await renewed.ReceiveJsonAsync()).GetProperty("code").GetString());
        }

        await renewed.SendTextAsync(FrameOf(TestTokens.Of("alice", "acme", seconds: 600)));
        Assert.Equal("token", (await renewed.ReceiveJsonAsync()).GetProperty("to").GetString());

        Assert.Equal(CloseCodes.Expired, await webSocket.ReceiveCloseAsync());
        var close = await sse.ReceiveAsync();
        Assert.Equal(("close", CloseCodes.Expired), (close.EventType, JsonElement.Parse(close.Data).GetProperty("code").GetInt32()));
        await renewed.SendTextAsync("""{"type":"ping"}""");
        Assert.Equal("reply", TypeOf(await renewed.ReceiveJsonAsync()));
        Assert.Equal(ReconnectRule.Later, CloseCodes.RuleOf(CloseCodes.Expired));
        Assert.Equal(ReconnectRule.Never, CloseCodes.RuleOf(CloseCodes.Revoked));
    }

    [Fact]
    public async Task Revocation_ClosesOnEveryEdge_AndIsRefusedFromThenOn()
    {
        await using var platform = await TestSecurity.StartAsync(edges: 2);
        string stolen = TestTokens.Of("alice", tokenId: "stolen"), other = TestTokens.Of("alice", tokenId: "other", issuedAt: TestTokens.Now - 5);
        var lost = new List<RawWebSocket>();
        foreach (var edge in platform.Edges) lost.Add(await RawWebSocket.ConnectAsync(edge, $"access_token={stolen}"));
        await using var kept = await RawWebSocket.ConnectAsync(platform.Edges[1], $"access_token={other}");
        await using var sse = await RawSse.ConnectAsync(platform.Edges[1], $"access_token={stolen}");
        Assert.Equal(204, (await platform.Edge.SendAsync(HttpMethod.Post, "/api/revocations", TestSecurity.ManagerKey, """{"tokenId":"stolen"}""")).Status);
        foreach (var client in lost)
        {
            Assert.Equal(CloseCodes.Revoked, await client.ReceiveCloseAsync());
            await client.DisposeAsync();
        }

        Assert.Equal("close", (await sse.ReceiveAsync()).EventType);

        // Also by an edge that has only now begun, and as a renewal.
        var fresh = await platform.StartEdgeAsync();
        foreach (var edge in platform.Edges) Assert.Equal(401, (await edge.SendAsync(HttpMethod.Get, "/sse", stolen)).Status);
        await kept.SendTextAsync(FrameOf(stolen));
        Assert.Equal(CloseCodes.Revoked, await kept.ReceiveCloseAsync());

        // A user: what was issued so far. What is issued later counts.
        await using var user = await RawWebSocket.ConnectAsync(fresh, $"access_token={other}");
        await using var bob = await RawWebSocket.ConnectAsync(fresh, $"access_token={TestTokens.Of("bob")}");
        await platform.Grains.GetGrain<IRevocationsGrain>(IRevocationsGrain.Key).RevokeUser("", "alice", TimeProvider.System.GetUtcNow().AddHours(1));
        Assert.Equal(CloseCodes.Revoked, await user.ReceiveCloseAsync());
        Assert.Equal(401, (await fresh.SendAsync(HttpMethod.Get, "/sse", other)).Status);
        await using var again = await RawWebSocket.ConnectAsync(fresh, $"access_token={TestTokens.Of("alice", issuedAt: TestTokens.Now + 2)}");
        await bob.SendTextAsync("""{"type":"ping"}""");
        Assert.Equal("reply", TypeOf(await bob.ReceiveJsonAsync()));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"user":"a","tokenId":"b"}""")]
    [InlineData("""{"user":7}""")]
    [InlineData("""{"user":"\ud800"}""")]
    [InlineData("""{"user":"a","user":"a"}""")]
    [InlineData("""{"user":""}""")]
    [InlineData("""{"tokenId":"a","expiresAt":"tomorrow"}""")]
    [InlineData("""{"tokenId":"a","expiresAt":"2020-01-01T00:00:00Z"}""")]
    public async Task Revocation_ThatCannotBeMeant_IsRefused(string body)
    {
        await using var platform = await TestSecurity.StartAsync();
        Assert.Equal(400, (await platform.Edge.SendAsync(HttpMethod.Post, "/api/revocations", TestSecurity.ManagerKey, body)).Status);
    }

    [Fact]
    public async Task Revocations_OutliveTheSilo()
    {
        using var folder = new TemporaryFolder();
        (string, string)[] settings = [("Notify:Log:Store", "File"), ("Notify:Log:Path", folder.Path)];
        var until = TimeProvider.System.GetUtcNow().AddHours(1);
        await using (var silo = await TestSilo.StartAsync(settings))
        {
            var grain = silo.Grains.GetGrain<IRevocationsGrain>(IRevocationsGrain.Key);
            for (int i = 0; i < 100; i++) await grain.RevokeToken("", $"t{i}", until);
            await Assert.ThrowsAsync<ArgumentException>(() => grain.RevokeToken("", "t", until.AddDays(-1)));
        }

        await using var next = await TestSilo.StartAsync(settings);
        var page = await next.Grains.GetGrain<IRevocationsGrain>(IRevocationsGrain.Key).Read(0, 0);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => Revocation.OfToken("", $"t{i}")), page.Revocations.Select(r => r.Subject));
        Assert.Equal(100, page.Version);
        Assert.Empty((await next.Grains.GetGrain<IRevocationsGrain>(IRevocationsGrain.Key).Read(page.Epoch, page.Version)).Revocations);
    }

    [Fact]
    public async Task Client_RenewsItsTokenInBand_AndGoesOn()
    {
        await using var platform = await TestSecurity.StartAsync(more: [new("Notify:Authentication:ClockSkew", "00:00:00")]);
        int given = 0, connected = 0;
        using var stop = new CancellationTokenSource();
        var connection = new NotifyConnection(new()
        {
            BaseAddress = platform.Edge.Address,
            AccessToken = _ => ValueTask.FromResult(TestTokens.Of("alice", seconds: Interlocked.Increment(ref given) < 3 ? 3 : 600)),
            OnConnected = _ => connected++,
        });
        await using var received = connection.ReceiveAsync(stop.Token).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var next = received.MoveNextAsync().AsTask();
        await Polling.Until(() => Task.FromResult(Volatile.Read(ref given) == 3), "the second renewal");
        string other = TestTokens.Of("bob", seconds: 4);
        await using var clock = await RawWebSocket.ConnectAsync(platform.Edge, $"access_token={other}");
        Assert.Equal(CloseCodes.Expired, await clock.ReceiveCloseAsync()); // by now both of the client's first tokens have expired, too
        Assert.Equal(202, (await platform.Edge.PushAsync("/users/alice", TestSecurity.PlatformKey, "still")).Status);
        Assert.True(await next.Within("the notification"));
        Assert.Equal(("still", 1), (received.Current.Id, connected));
        await stop.CancelAsync();
    }

    private static byte[] TokenFrame(string token) => RawWebSocket.FrameOf((byte)WebSocketOpcode.Text, System.Text.Encoding.UTF8.GetBytes(FrameOf(token)));

    private static string FrameOf(string token) => $$"""{"type":"token","token":"{{token}}"}""";

    private static string TypeOf(JsonElement frame) => frame.GetProperty("type").GetString()!;
}
