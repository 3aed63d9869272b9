using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Transports;

public class SlowClientTests
{
    [Fact]
    public async Task Client_ThatDoesNotRead_IsClosedAsSlowAndHoldsUpNobody()
    {
        await using var platform = await TestPlatform.StartAsync(new()
        {
            Settings = { ["Notify:Connections:OutboxLimitBytes"] = "262144", ["Notify:Connections:CatchUpTimeout"] = "00:00:00" },
        });
        await using var slow = await RawWebSocket.ConnectAsync(platform.Edge, "userid=slow&company=c", receiveBufferBytes: 4096);
        await using var healthy = await RawWebSocket.ConnectAsync(platform.Edge, "userid=healthy&company=c");
        string body = $$"""{"data":"{{new string('x', 60_000)}}"}""";
        const int pushes = 300; // 18 MB: more than the sockets' buffers, the server's and the outbox hold
        for (int i = 0; i < pushes; i++)
        {
            _ = await platform.Edge.PushAsync("/companies/c", body);
            Assert.Equal(60_000, (await healthy.ReceiveJsonAsync()).GetProperty("data").GetString()!.Length);
        }

        // Now it reads what its socket still holds, and at the end why it was closed: 42xx, come back and resume.
        Assert.Equal(CloseCodes.Slow, await slow.ReceiveCloseAsync());
        await slow.SendCloseAsync(CloseCodes.Slow);
        await Polling.Until(
            async () => await platform.RosterCountAsync(new CompanyId("", "c").Channel) == 1, "the slow client to leave the roster");
    }

    [Theory]
    [InlineData(ConnectionTransport.WebSocket)]
    [InlineData(ConnectionTransport.Sse)]
    public async Task Client_ThatFallsBehindInABurst_CatchesUpWithoutReconnecting(ConnectionTransport transport)
    {
        const int pushes = 150; // 9 MB: more than the sockets' buffers, the server's and the outbox hold
        await using var platform = await TestPlatform.StartAsync(new()
        {
            Settings = { ["Notify:Connections:OutboxLimitBytes"] = "262144", ["Notify:Connections:CatchUpTimeout"] = "00:01:00" },
        });
        await using var client = await ResumingClient.ConnectAsync(platform.Edge, transport, "userid=u&company=c");
        string body = $$"""{"data":"{{new string('x', 60_000)}}","id":""";
        for (int i = 0; i < pushes; i++) _ = await platform.Edge.PushAsync("/companies/c", $"{body}\"{i}\"}}");
        Assert.Equal(string.Join(' ', Enumerable.Range(0, pushes)), await client.ReceiveIdsAsync(pushes));
        _ = await platform.Edge.PushAsync("/companies/c", """{"data":1,"id":"live"}""");
        Assert.Equal("live", await client.ReceiveIdsAsync(1));
    }

    [Fact]
    public async Task Client_ThatStaysBehind_IsClosed()
    {
        await using var platform = await TestPlatform.StartAsync(new()
        {
            Settings =
            {
                ["Notify:Connections:OutboxLimitBytes"] = "262144", ["Notify:Connections:CatchUpTimeout"] = "00:00:01", ["Notify:Connections:CloseTimeout"] = "00:00:01",
                ["Notify:Edge:Linger"] = "00:00:00",
            },
        });
        await using var slow = await RawWebSocket.ConnectAsync(platform.Edge, "userid=slow", receiveBufferBytes: 4096);
        string body = $$"""{"data":"{{new string('x', 60_000)}}"}""";
        for (int i = 0; i < 200; i++) _ = await platform.Edge.PushAsync("/users/slow", body);
        await Polling.Until(
            async () => await platform.RosterCountAsync(new UserId("", "slow").Channel) == 0, "the client that stays behind to leave the roster");
    }

    [Fact]
    public async Task Client_ThatDoesNotRead_LosesEphemeralsOnly()
    {
        await using var platform = await TestPlatform.StartAsync(new() { Settings = { ["Notify:Connections:OutboxLimitBytes"] = "262144" } });
        await using var slow = await RawWebSocket.ConnectAsync(platform.Edge, "userid=slow", receiveBufferBytes: 4096);
        string body = $$"""{"retain":false,"data":"{{new string('x', 60_000)}}"}""";
        const int pushes = 200;
        for (int i = 0; i < pushes; i++) _ = await platform.Edge.PushAsync("/users/slow", body);
        int received = 0;
        await slow.SendTextAsync("""{"type":"ping"}""");
        while ((await slow.ReceiveJsonAsync()).GetProperty("type").GetString() == "notification") received++;
        Assert.InRange(received, 1, pushes - 1);
    }
}
