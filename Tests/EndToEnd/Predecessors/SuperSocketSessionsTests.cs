using System.Net.Http.Json;
using System.Text.Json;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Predecessors;

/// <summary>SuperSocket 1.6, server push: what its sessions could do, here over two edges.</summary>
public sealed class SuperSocketSessionsTests : IAsyncLifetime
{
    private TestPlatform _platform = null!;

    public async ValueTask InitializeAsync() =>
        _platform = await TestPlatform.StartAsync(new() { EdgeCount = 2, EdgeServices = QueryClaims.Add, Settings = { ["Notify:Edge:Linger"] = "00:00:00" } });

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task FindASessionByItsId_AndPushToItAndCloseIt()
    {
        await using var session = await RawWebSocket.ConnectAsync(_platform.Edges[1], "sub=ann&company=7");
        await using var other = await RawWebSocket.ConnectAsync(_platform.Edges[1], "sub=ann&company=7");
        var found = await _platform.Edges[0].Http.GetFromJsonAsync<JsonElement>($"/api/connections/{session.ConnectionId}", Cancel);
        Assert.Equal("ann", found.GetProperty("user").GetString());
        _ = await _platform.Edges[0].PushAsync($"/connections/{session.ConnectionId}", """{"data":"hello"}""");
        Assert.Equal("hello", (await session.ReceiveJsonAsync()).GetProperty("data").GetString());
        using var closed = await _platform.Edges[0].Http.DeleteAsync(new Uri($"/api/connections/{session.ConnectionId}", UriKind.Relative), Cancel);
        Assert.Equal(CloseCodes.ClosedByService, await session.ReceiveCloseAsync());
        _ = await _platform.Edges[0].PushAsync("/users/ann", """{"data":"still here"}""");
        Assert.Equal("still here", (await other.ReceiveJsonAsync()).GetProperty("data").GetString());
    }

    [Fact]
    public async Task TheClientBringsTheIdItself_AndIsFoundAndPushedToByIt()
    {
        await using var session = await RawWebSocket.ConnectAsync(_platform.Edges[1], "sub=ann&clientId=device-12345");
        var page = await _platform.Edges[0].Http.GetFromJsonAsync<JsonElement>("/api/connections?user=ann&clientId=device-12345", Cancel);
        Assert.Equal(session.ConnectionId, Assert.Single(page.GetProperty("connections").EnumerateArray()).GetProperty("id").GetString());
        _ = await _platform.Edges[0].PushAsync("/users/ann/clients/device-12345", """{"data":1}""");
        Assert.Equal(1, (await session.ReceiveJsonAsync()).GetProperty("data").GetInt32());
    }

    [Fact]
    public async Task ListAllSessions_LiveAndAsOfTheLastSnapshot_AndPushToAll()
    {
        await using var ann = await RawWebSocket.ConnectAsync(_platform.Edges[0], "sub=ann");
        await using var bob = await RawSse.ConnectAsync(_platform.Edges[1], "sub=bob");
        var sessions = _platform.Grains.GetSessions();
        Assert.Equal("ann bob", Names(await sessions.List(ConnectionQuery.All)));
        var snapshot = await sessions.ListSnapshot(ConnectionQuery.All);
        Assert.Equal("ann bob", Names(snapshot));
        await using var eve = await RawWebSocket.ConnectAsync(_platform.Edges[1], "sub=eve");
        Assert.Equal("ann bob eve", Names(await sessions.List(ConnectionQuery.All)));
        var again = await sessions.ListSnapshot(ConnectionQuery.All);
        Assert.Equal(snapshot.AsOf, again.AsOf); // the snapshot of a moment ago, which cost nobody anything
        Assert.Equal("ann bob", Names(again));
        _ = await _platform.Edges[0].PushAsync("/everyone", """{"data":"all"}""");
        foreach (var frame in new[] { await ann.ReceiveJsonAsync(), await bob.ReceiveJsonAsync(), await eve.ReceiveJsonAsync() })
            Assert.Equal("all", frame.GetProperty("data").GetString());
    }

    [Fact]
    public async Task SessionsByACriterion_OnAPropertyOfTheirOwn_AreListedAndPushedTo()
    {
        await using var ann = await RawWebSocket.ConnectAsync(_platform.Edges[0], "sub=ann&claim.CompanyId=7");
        await using var bob = await RawWebSocket.ConnectAsync(_platform.Edges[1], "sub=bob&claim.CompanyId=8");
        const string where = "attributes.CompanyId == 7";
        Assert.Equal("ann", Names(await _platform.Grains.GetSessions().List(new() { Where = where })));
        _ = await _platform.Edge.PushAsync("/everyone", $$"""{"data":"seven","where":"{{where}}"}""");
        _ = await _platform.Edge.PushAsync("/everyone", """{"data":"all"}""");
        Assert.Equal("seven", (await ann.ReceiveNotificationAsync()).GetProperty("data").GetString());
        Assert.Equal("all", (await bob.ReceiveNotificationAsync()).GetProperty("data").GetString());
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Names(ConnectionsPage page) => string.Join(' ', page.Connections.Select(c => c.User).Order());
}
