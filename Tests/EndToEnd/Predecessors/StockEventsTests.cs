using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Predecessors;

/// <summary>An article about server-sent events to one client: a client id, and each client gets the stocks it asked for.</summary>
public sealed class StockEventsTests
{
    [Fact]
    public async Task EventsToOneClient_ByItsClientId_ReachItAlone()
    {
        await using var platform = await TestPlatform.StartAsync();
        await using var client = await RawSse.ConnectAsync(platform.Edge, "userid=ann&clientId=12345");
        await using var other = await RawSse.ConnectAsync(platform.Edge, "userid=ann&clientId=67890");
        _ = await platform.Edge.PushAsync("/users/ann/clients/12345", """{"data":"yours"}""");
        _ = await platform.Edge.PushAsync("/users/ann", """{"data":"both"}""");
        Assert.Equal("yours", (await client.ReceiveJsonAsync()).GetProperty("data").GetString());
        Assert.Equal("both", (await other.ReceiveJsonAsync()).GetProperty("data").GetString());
    }

    [Fact]
    public async Task EachClient_GetsTheStocksItSubscribedTo_AtConnectAndLater()
    {
        await using var platform = await TestPlatform.StartAsync();
        await using var apple = await RawSse.ConnectAsync(platform.Edge, "userid=ann&clientId=1&topics=stocks/AAPL");
        await using var both = await RawSse.ConnectAsync(platform.Edge, "userid=bob&clientId=2&topics=stocks/AAPL,stocks/MSFT");
        await using var later = await RawWebSocket.ConnectAsync(platform.Edge, "userid=eve&clientId=3");
        await later.SendTextAsync("""{"type":"subscribe","topics":["stocks/MSFT"],"ref":1}""");
        Assert.Equal("reply", (await later.ReceiveJsonAsync()).GetProperty("type").GetString());
        _ = await platform.Edge.PushAsync("/topics/stocks/MSFT", """{"data":"MSFT"}""");
        _ = await platform.Edge.PushAsync("/topics/stocks/AAPL", """{"data":"AAPL"}""");
        Assert.Equal("AAPL", (await apple.ReceiveJsonAsync()).GetProperty("data").GetString());
        string?[] bothGot = [(await both.ReceiveJsonAsync()).GetProperty("data").GetString(), (await both.ReceiveJsonAsync()).GetProperty("data").GetString()];
        Assert.Equal(["AAPL", "MSFT"], bothGot.Order());
        Assert.Equal("MSFT", (await later.ReceiveJsonAsync()).GetProperty("data").GetString());
    }
}
