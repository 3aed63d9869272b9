using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Sessions;

/// <summary>The client id: an alias within its user, the newest connection wins, on whatever edge.</summary>
public sealed class ClientIdTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    public async Task Connect_WithAClientIdInUse_ReplacesTheFirst(int firstEdge, int secondEdge)
    {
        await using var platform = await StartAsync();
        await using var other = await RawWebSocket.ConnectAsync(platform.Edges[0], "userid=bob&clientId=tab");
        await using var first = await RawWebSocket.ConnectAsync(platform.Edges[firstEdge], "userid=ann&clientId=tab");
        await using var second = await RawWebSocket.ConnectAsync(platform.Edges[secondEdge], "userid=ann&clientId=tab");
        Assert.Equal((CloseCodes.Replaced, "replaced"), await first.ReceiveCloseReasonAsync());
        await first.SendCloseAsync(CloseCodes.Replaced);
        Assert.Equal(ReconnectRule.Never, CloseCodes.RuleOf(CloseCodes.Replaced));
        await Polling.Until(
            async () => (await platform.Grains.GetGrain<IUserGrain>("ann").GetConnections()) is [var only] && only.Id.ToString() == second.ConnectionId,
            "the second connection to be the user's only one");
        _ = await platform.Edge.PushAsync("/users/ann/clients/tab", """{"data":"second"}""");
        _ = await platform.Edge.PushAsync("/users/bob/clients/tab", """{"data":"other"}""");
        Assert.Equal("second", (await second.ReceiveJsonAsync()).GetProperty("data").GetString());
        Assert.Equal("other", (await other.ReceiveJsonAsync()).GetProperty("data").GetString());
    }

    [Fact]
    public async Task Connect_ManyTimesOverBothEdges_LeavesTheLast()
    {
        await using var platform = await StartAsync();
        var clients = new List<RawWebSocket>();
        for (int i = 0; i < 10; i++) clients.Add(await RawWebSocket.ConnectAsync(platform.Edges[i % 2], "userid=ann&clientId=tab"));
        foreach (var client in clients[..^1])
        {
            Assert.Equal(CloseCodes.Replaced, await client.ReceiveCloseAsync());
            await client.DisposeAsync();
        }

        _ = await platform.Edge.PushAsync("/users/ann", """{"data":1}""");
        Assert.Equal(1, (await clients[^1].ReceiveJsonAsync()).GetProperty("data").GetInt32());
        await clients[^1].DisposeAsync();
    }

    private static Task<TestPlatform> StartAsync() => TestPlatform.StartAsync(new() { EdgeCount = 2, Settings = { ["Notify:Edge:Linger"] = "00:00:00" } });
}
