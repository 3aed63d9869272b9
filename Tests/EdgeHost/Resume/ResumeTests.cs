using System.Net;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Resume;

/// <summary>What a client that was away gets, over real sockets.</summary>
public class ResumeTests(PlatformFixture fixture) : IClassFixture<PlatformFixture>
{
    private const ConnectionTransport WebSocket = ConnectionTransport.WebSocket;
    private const ConnectionTransport Sse = ConnectionTransport.Sse;

    private static int _lastName;

    private readonly string _user = $"resume{Interlocked.Increment(ref _lastName)}";

    private TestEdgeHost First => fixture.Platform.Edges[0];

    private TestEdgeHost Second => fixture.Platform.Edges[1];

    private string Query => $"userid={_user}&company={_user}&topics={_user}/t";

    [Theory]
    [InlineData(WebSocket, 0)]
    [InlineData(WebSocket, 1)]
    [InlineData(Sse, 0)]
    [InlineData(Sse, 1)]
    public async Task Connect_WithACursor_BringsWhatWasMissedInOrderThenLive(ConnectionTransport transport, int edge)
    {
        string cursor;
        await using (var before = await ResumingClient.ConnectAsync(First, transport, Query))
        {
            await PushAsync("a0", "b0", "a1");
            _ = await before.ReceiveIdsAsync(3);
            cursor = before.Cursor;
        }

        await PushAsync("a2", "b1", "b2", "a3", "c0");
        await using var after = await ResumingClient.ConnectAsync(fixture.Platform.Edges[edge], transport, Query, cursor);
        Assert.Equal((true, true, true, true), (after.RecoveredOf("user"), after.RecoveredOf("company"), after.RecoveredOf("topic"), after.RecoveredOf("everyone")));
        await PushAsync("a4", "b3");
        string[] ids = (await after.ReceiveIdsAsync(7)).Split(' ');
        Assert.Equal("a2 a3 a4", string.Join(' ', ids.Where(id => id[0] == 'a')));
        Assert.Equal("b1 b2 b3", string.Join(' ', ids.Where(id => id[0] == 'b')));
        Assert.Contains("c0", ids);

        // Its cursor is whole: nothing is there for who resumes with it.
        await using var again = await ResumingClient.ConnectAsync(Second, transport, Query, after.Cursor);
        await PushAsync("a5");
        Assert.Equal("a5", await again.ReceiveIdsAsync(1));
    }

    [Theory]
    [InlineData(WebSocket)]
    [InlineData(Sse)]
    public async Task Connect_WithACursor_LeavesOutWhatIsNotForItAnyMore(ConnectionTransport transport)
    {
        string query = $"userid={_user}&component=orders&clientId=tab";
        string cursor = await CursorAsync(transport, query);
        var user = fixture.Platform.Grains.GetGrain<IUserGrain>(_user);
        _ = await user.Push(One("other part") with { Component = "stock" });
        _ = await user.Push(One("part") with { Component = "orders" });
        _ = await user.Push(One("other client") with { ClientId = "else" });
        _ = await user.Push(One("ephemeral") with { Retain = false });
        _ = await user.Push(One("expired") with { ExpiresAt = TimeProvider.System.GetUtcNow().AddMilliseconds(-1) });
        _ = await user.Push(One("price1") with { CollapseKey = "price" });
        _ = await user.Push(Notification.Binary("bytes", new byte[] { 1, 2 }) with { Id = "bytes" });
        _ = await user.Push(One("price2") with { CollapseKey = "price" });
        _ = await user.Push(One("price of others") with { CollapseKey = "price", Component = "stock" });
        _ = await user.Push(One("last"));
        await using var client = await ResumingClient.ConnectAsync(Second, transport, query, cursor);
        Assert.Equal("part bytes price2 last", await client.ReceiveIdsAsync(4));

        // Live, all with one key are delivered.
        _ = await user.Push(One("price3") with { CollapseKey = "price" });
        _ = await user.Push(One("price4") with { CollapseKey = "price" });
        Assert.Equal("price3 price4", await client.ReceiveIdsAsync(2));
    }

    [Theory]
    [InlineData("last:2", "a2 a3", true)]
    [InlineData("last:1000", "a0 a1 a2 a3", true)]
    [InlineData("since:2020-01-01T00:00:00Z", "a0 a1 a2 a3", true)]
    [InlineData("since:2999-01-01T00:00:00Z", "", true)]
    [InlineData("latest", "", null)]
    public async Task Connect_LastOrSince_BringsThose(string resume, string expected, bool? recovered)
    {
        await PushAsync("a0", "a1", "a2", "a3");
        await using var client = await ResumingClient.ConnectAsync(First, WebSocket, $"userid={_user}", resume);
        Assert.Equal(recovered, client.RecoveredOf("user"));
        await PushAsync("a4");
        Assert.Equal($"{expected} a4".Trim(), await client.ReceiveIdsAsync(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length + 1));
    }

    [Fact]
    public async Task Subscribe_WithResume_BringsTheTopicsPastAfterTheReply()
    {
        await PushAsync("b0", "b1", "b2");
        await using var client = await RawWebSocket.ConnectAsync(First, $"userid={_user}");
        await client.SendTextAsync($$"""{"type":"subscribe","topics":["{{_user}}/t"],"resume":"last:2","ref":1}""");
        var reply = await client.ReceiveJsonAsync();
        Assert.True(reply.GetProperty("channels")[0].GetProperty("recovered").GetBoolean());
        Assert.Equal("b1", (await client.ReceiveJsonAsync()).GetProperty("id").GetString());
        Assert.Equal("b2", (await client.ReceiveJsonAsync()).GetProperty("id").GetString());
        await client.SendTextAsync("""{"type":"subscribe","topics":["x"],"resume":"nonsense"}""");
        Assert.Equal("invalid_field", (await client.ReceiveJsonAsync()).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Connect_WithACursorOfOthers_GrantsNothing()
    {
        string foreign = await CursorAsync(WebSocket, $"userid={_user}-other&topics={_user}/secret");
        await PushAsync("a0");
        await using var client = await ResumingClient.ConnectAsync(First, WebSocket, $"userid={_user}", foreign);
        Assert.Null(client.RecoveredOf("user"));
        Assert.Equal(2, client.Welcome.GetProperty("channels").GetArrayLength());
        await PushAsync("a1");
        Assert.Equal("a1", await client.ReceiveIdsAsync(1));
    }

    [Theory]
    [InlineData(0, 1000, "a2")] // beyond the head: no such history
    [InlineData(5, 0, "a2")] // an epoch that is yet to come
    [InlineData(-5, 7, "a0 a1 a2")] // a former epoch: all of this one is new to the client
    public async Task Connect_WithAPositionThatTheLogDoesNotHave_IsToldSo(long epochs, long offsets, string expected)
    {
        await PushAsync("a0", "a1");
        var head = (await fixture.Platform.Grains.GetGrain<IUserGrain>(_user).GetStatus()).Head;
        var cursor = new Cursor();
        _ = cursor.Set(Cursor.TagOf("user", _user), head.Epoch + epochs, head.Offset + offsets);
        await using var client = await ResumingClient.ConnectAsync(First, Sse, $"userid={_user}", cursor.ToString());
        Assert.False(client.RecoveredOf("user"));
        await PushAsync("a2");
        Assert.Equal(expected, await client.ReceiveIdsAsync(expected.Split(' ').Length));
    }

    [Theory]
    [InlineData("resume=AQ==")]
    [InlineData("resume=nonsense")]
    [InlineData("resume=last:1001")]
    [InlineData("resume=last:-1")]
    [InlineData("resume=since:yesterday")]
    public async Task Connect_WithABrokenResume_Is400(string resume)
    {
        foreach (string path in (string[])["/sse", "/ws"])
        {
            using var answer = await First.Http.SendAsync(WebSocketRequest(path, $"userid={_user}&{resume}"), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Connect_LastEventId_WinsOverTheQuery()
    {
        string query = $"userid={_user}&resume=last:1";
        string cursor = await CursorAsync(Sse, $"userid={_user}");
        await PushAsync("a0", "a1", "a2");
        await using var client = await ResumingClient.ConnectAsync(First, Sse, query, cursor);
        Assert.Equal("a0 a1 a2", await client.ReceiveIdsAsync(3));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(First.Address, $"/sse?userid={_user}"));
        request.Headers.Add("Last-Event-ID", new string('A', 3000));
        using var answer = await First.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private static HttpRequestMessage WebSocketRequest(string path, string query)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{path}?{query}", UriKind.Relative));
        if (path != "/ws") return request;
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.ParseAdd("websocket");
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        return request;
    }

    private static Notification One(string id) => Notification.Json("e", id) with { Id = id };

    private async Task<string> CursorAsync(ConnectionTransport transport, string query)
    {
        await using var client = await ResumingClient.ConnectAsync(First, transport, query);
        return client.Cursor;
    }

    /// <summary>a goes to the user, b to the topic, c to the company.</summary>
    private async Task PushAsync(params string[] ids)
    {
        foreach (string id in ids)
        {
            var channel = id[0] == 'a' ? new UserId("", _user).Channel : id[0] == 'b' ? new TopicId("", _user + "/t").Channel : new CompanyId("", _user).Channel;
            _ = await fixture.Platform.Grains.GetChannel(channel).Push(One(id));
        }
    }
}
