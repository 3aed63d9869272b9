using System.Globalization;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Resume;

/// <summary>Replay where something is short: retention, the outbox, what the edge remembers.</summary>
public sealed class ReplayLimitsTests
{
    [Theory]
    [InlineData(ConnectionTransport.WebSocket)]
    [InlineData(ConnectionTransport.Sse)]
    public async Task Connect_WhenRetentionWasFaster_IsToldSoAndGetsTheRest(ConnectionTransport transport)
    {
        await using var platform = await TestPlatform.StartAsync(new() { Settings = { ["Notify:Log:Users:CountLimit"] = "5", ["Notify:Edge:Linger"] = "00:00:00" } });
        string cursor = await CursorAsync(platform, transport, "userid=u");
        await PushAsync(platform, 0, 9, 10);
        await Polling.Until(async () => await platform.RosterCountAsync(new UserId("", "u").Channel) == 0, "the edge to let the channel go");
        await using var client = await ResumingClient.ConnectAsync(platform.Edge, transport, "userid=u", cursor);
        Assert.False(client.RecoveredOf("user"));
        Assert.Equal("4 5 6 7 8", await client.ReceiveIdsAsync(5));
        await using var other = await ResumingClient.ConnectAsync(platform.Edge, transport, "userid=u", client.Cursor);
        Assert.True(other.RecoveredOf("user"));
        await PushAsync(platform, 9, 1, 10);
        Assert.Equal("9", await other.ReceiveIdsAsync(1));
    }

    [Theory]
    [InlineData(ConnectionTransport.WebSocket, "262144")]
    [InlineData(ConnectionTransport.Sse, "262144")]
    [InlineData(ConnectionTransport.WebSocket, "0")]
    public async Task Connect_WithMoreMissedThanTheOutboxHolds_GoesAsFastAsTheClient(ConnectionTransport transport, string remembered)
    {
        await using var platform = await TestPlatform.StartAsync(new()
        {
            Settings =
            {
                ["Notify:Connections:OutboxLimitBytes"] = "131072", ["Notify:Resume:RunLimitBytes"] = remembered, ["Notify:Resume:PageLimitBytes"] = "50000",
            },
        });
        string cursor = await CursorAsync(platform, transport, "userid=u");
        await PushAsync(platform, 0, 150, 6_000);
        await using var client = await ResumingClient.ConnectAsync(platform.Edge, transport, "userid=u", cursor);
        var pushing = PushAsync(platform, 150, 50, 100); // live, while the replay is under way
        Assert.Equal(string.Join(' ', Enumerable.Range(0, 200)), await client.ReceiveIdsAsync(200));
        await pushing;
    }

    [Fact]
    public async Task Ping_WhereWhatWasPushedWasForOthers_RenewsTheCursor()
    {
        await using var platform = await TestPlatform.StartAsync(new() { Settings = { ["Notify:Connections:PingEvery"] = "00:00:02", ["Notify:Connections:PingTimeout"] = "00:00:01" } });
        var user = platform.Grains.GetGrain<IUserGrain>("u");
        await using var webSocket = await RawWebSocket.ConnectAsync(platform.Edge, "userid=u");
        await using var sse = await RawSse.ConnectAsync(platform.Edge, "userid=u");
        for (int i = 0; i < 3; i++) _ = await user.Push(Notification.Json("e", i) with { Component = "other" });
        var frame = await webSocket.ReceiveJsonAsync();
        Assert.Equal("cursor", frame.GetProperty("type").GetString());
        Assert.Equal(3, OffsetOf(frame.GetProperty("cursor").GetString()));

        // The event stream's is an id: line without an event: the next event, whatever it is, shows it.
        string before = sse.LastEventId;
        Assert.Equal(0, OffsetOf(before));
        _ = await webSocket.ReadFrameAsync().Within("the next ping"); // both are pinged in turn, a second apart
        _ = await webSocket.ReadFrameAsync().Within("the ping after it");
        _ = await user.Push(Notification.Json("e", 3) with { Retain = false });
        _ = await sse.ReceiveAsync();
        Assert.Equal(3, OffsetOf(sse.LastEventId));
    }

    private static long OffsetOf(string? cursor)
    {
        Assert.True(Cursor.TryParse(cursor, out var read));
        Assert.True(read.TryGet(Cursor.TagOf("user", "u"), out _, out long offset));
        return offset;
    }

    private static async Task<string> CursorAsync(TestPlatform platform, ConnectionTransport transport, string query)
    {
        await using var client = await ResumingClient.ConnectAsync(platform.Edge, transport, query);
        return client.Cursor;
    }

    private static async Task PushAsync(TestPlatform platform, int first, int count, int bytes)
    {
        for (int i = first; i < first + count; i++)
            _ = await platform.Grains.GetGrain<IUserGrain>("u").Push(Notification.Json("e", new string('x', bytes)) with { Id = i.ToString(CultureInfo.InvariantCulture) });
    }
}
