using System.Globalization;
using System.Net;
using System.Text.Json;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Transports;

/// <summary>From the HTTP API to real sockets, over two edges.</summary>
public class DeliveryTests(PlatformFixture fixture) : IClassFixture<PlatformFixture>
{
    private TestEdgeHost First => fixture.Platform.Edges[0];

    private TestEdgeHost Second => fixture.Platform.Edges[1];

    [Fact]
    public async Task Push_AnyTarget_ReachesThoseItIsMeantFor()
    {
        await using var ann1 = await RawWebSocket.ConnectAsync(First, "userid=ann&company=c1&topics=t/1&component=orders");
        await using var ann2 = await RawSse.ConnectAsync(Second, "userid=ann&company=c1&clientId=tab");
        await using var bob = await RawSse.ConnectAsync(First, "userid=bob&company=c1&topics=t/1");
        await using var eve = await RawWebSocket.ConnectAsync(Second, "userid=eve&company=c2&topics=t/2");

        _ = await First.PushAsync("/users/ann", """{"data":"user"}""");
        _ = await Second.PushAsync("/companies/c1", """{"data":"company"}""");
        _ = await First.PushAsync("/topics/t/1", """{"data":"topic"}""");
        _ = await First.PushAsync($"/connections/{eve.ConnectionId}", """{"data":"connection"}""");
        _ = await First.PushAsync("/users/ann/clients/tab", """{"data":"client"}""");
        _ = await First.PushAsync("/companies/c1?component=orders", """{"data":"component"}""");
        _ = await Second.PushAsync("/everyone", """{"data":"end"}""");

        Assert.Equal(["company", "component", "end", "topic", "user"], await TakeAsync(ann1.ReceiveJsonAsync, 5));
        Assert.Equal(["client", "company", "end", "user"], await TakeAsync(ann2.ReceiveJsonAsync, 4));
        Assert.Equal(["company", "end", "topic"], await TakeAsync(bob.ReceiveJsonAsync, 3));
        Assert.Equal(["connection", "end"], await TakeAsync(eve.ReceiveJsonAsync, 2));
    }

    [Fact]
    public async Task Push_ManyAtOnce_KeepsTheOrderOfEachChannel()
    {
        await using var webSocket = await RawWebSocket.ConnectAsync(First, "userid=order");
        await using var sse = await RawSse.ConnectAsync(Second, "userid=order");
        var pushes = Enumerable.Range(0, 200).Select(i => First.PushAsync("/users/order", i.ToString(CultureInfo.InvariantCulture) is var n ? $$"""{"data":{{n}}}""" : "")).ToArray();
        var receipts = await Task.WhenAll(pushes).Within("all receipts");
        var byPosition = receipts.Select((r, i) => (Offset: OffsetOf(r), Number: i)).OrderBy(p => p.Offset).ToArray();
        Assert.Equal(Enumerable.Range(1, 200), byPosition.Select(p => (int)p.Offset));
        foreach (var (offset, number) in byPosition)
        {
            Assert.Equal((offset, number), Take(await webSocket.ReceiveJsonAsync()));
            Assert.Equal((offset, number), Take(await sse.ReceiveJsonAsync()));
        }

        static (long, int) Take(JsonElement frame) => (OffsetOf(frame), frame.GetProperty("data").GetInt32());
    }

    [Fact]
    public async Task Push_FromGrainCode_ArrivesToo()
    {
        await using var client = await RawWebSocket.ConnectAsync(Second, "userid=grains");
        var receipt = await fixture.Platform.Grains.GetGrain<IUserGrain>("grains").Push(Notification.Json("hello", new { answer = 42 }));
        Assert.Equal((1, 1), (receipt.Edges, receipt.Connections));
        var frame = await client.ReceiveJsonAsync();
        Assert.Equal("hello", frame.GetProperty("event").GetString());
        Assert.Equal(42, frame.GetProperty("data").GetProperty("answer").GetInt32());
    }

    [Fact]
    public async Task Sse_OverHttp2_ReceivesAsOverHttp1()
    {
        await using var platform = await TestPlatform.StartAsync(new() { IsHttp2Only = true });
        await using var client = await RawSse.ConnectAsync(platform.Edge, "userid=h2", HttpVersion.Version20);
        _ = await platform.Grains.GetGrain<IUserGrain>("h2").Push(Notification.Json("hello", 7));
        var item = await client.ReceiveAsync();
        Assert.Equal("hello", item.EventType);
        Assert.Equal(7, JsonElement.Parse(item.Data).GetProperty("data").GetInt32());
    }

    [Fact]
    public async Task Sse_Event_CarriesTheWholeCursorAsId()
    {
        await using var client = await RawSse.ConnectAsync(First, "userid=ids");
        var receipt = await First.PushAsync("/users/ids", """{"data":1,"event":"e"}""");
        var item = await client.ReceiveAsync();
        Assert.True(Cursor.TryParse(item.EventId, out var cursor));
        Assert.Equal(2, cursor.Count);
        Assert.True(cursor.TryGet(Cursor.TagOf("user", "ids"), out long epoch, out long offset));
        Assert.Equal(receipt.GetProperty("position").GetString(), new Position(epoch, offset).ToString());
        Assert.Equal(TimeSpan.FromSeconds(1), client.Retry);
    }

    [Fact]
    public async Task Connect_WithAClientIdInUse_ReplacesTheOlder()
    {
        await using var older = await RawWebSocket.ConnectAsync(First, "userid=replaced&clientId=tab");
        await using var newer = await RawWebSocket.ConnectAsync(First, "userid=replaced&clientId=tab");
        Assert.Equal(CloseCodes.Replaced, await older.ReceiveCloseAsync());
        await older.SendCloseAsync(CloseCodes.Replaced);
        _ = await First.PushAsync("/users/replaced/clients/tab", """{"data":1}""");
        Assert.Equal(1, (await newer.ReceiveJsonAsync()).GetProperty("data").GetInt32());
    }

    [Theory]
    [InlineData("close")]
    [InlineData("reset")]
    [InlineData("sse")]
    public async Task Disconnect_LeavesNoTraceInAnyRoster(string how)
    {
        string user = "trace-" + how;
        ChannelId[] channels = [new UserId("", user).Channel, new CompanyId("", user).Channel, new TopicId("", user).Channel];
        string query = $"userid={user}&company={user}&topics={user}";
        if (how == "sse")
        {
            await using var client = await RawSse.ConnectAsync(First, query);
            await RosterIsAsync(channels, 1);
        }
        else
        {
            await using var client = await RawWebSocket.ConnectAsync(First, query);
            await RosterIsAsync(channels, 1);
            Assert.Equal(client.ConnectionId, (await fixture.Platform.Grains.GetGrain<IUserGrain>(user).GetConnections()).Single().Id.ToString());
            if (how == "reset") client.Reset();
            else await client.SendCloseAsync(1000);
        }

        await RosterIsAsync(channels, 0);
        Assert.Empty(await fixture.Platform.Grains.GetGrain<IUserGrain>(user).GetConnections());
    }

    [Fact]
    public async Task Connect_OverTheLimitPerUser_ClosesTheNewest()
    {
        var clients = new List<RawWebSocket>();
        for (int i = 0; i < 100; i++) clients.Add(await RawWebSocket.ConnectAsync(i % 2 == 0 ? First : Second, "userid=crowd"));
        var grain = fixture.Platform.Grains.GetGrain<IUserGrain>("crowd");
        await Polling.Until(async () => (await grain.GetConnections()).Length == clients.Count, "all to be known to the silo, which hears of them from two edges");
        await using var last = await RawWebSocket.OpenAsync(First, "userid=crowd");
        Assert.Equal(CloseCodes.TooManyConnections, await last.ReceiveCloseAsync());
        await last.SendCloseAsync(CloseCodes.TooManyConnections);
        _ = await First.PushAsync("/users/crowd", """{"data":1}""");
        foreach (var client in clients)
        {
            Assert.Equal(1, (await client.ReceiveJsonAsync()).GetProperty("data").GetInt32());
            await client.DisposeAsync();
        }
    }

    private Task RosterIsAsync(ChannelId[] channels, int count) => Polling.Until(async () =>
    {
        foreach (var channel in channels)
        {
            if (await fixture.Platform.RosterCountAsync(channel) != count) return false;
        }

        return true;
    }, $"{count} members in the rosters");

    private static long OffsetOf(JsonElement json) =>
        Position.TryParse(json.GetProperty("position").GetString(), out var position) ? position.Offset : -1;

    private static async Task<IEnumerable<string?>> TakeAsync(Func<Task<JsonElement>> receive, int count)
    {
        var got = new List<string?>();
        for (int i = 0; i < count; i++) got.Add((await receive()).GetProperty("data").GetString());
        return got.Order(StringComparer.Ordinal);
    }
}
