using System.Text.Json;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Delivery;

/// <summary>Filters and exceptions, from the HTTP API and from grains to real sockets, live and in replay.</summary>
public sealed class AudienceTests
{
    [Theory]
    [InlineData("attributes.role == \"Administrator\"", "ann")]
    [InlineData("attributes.role != \"Administrator\"", "bob eve")]
    [InlineData("company in (\"c2\")", "eve")]
    [InlineData("transport == \"sse\"", "bob")]
    [InlineData("exists(component)", "eve")]
    [InlineData("user == \"ann\" or user == \"eve\"", "ann eve")]
    public async Task Push_Where_ReachesThoseForWhichItHolds(string where, string expected)
    {
        await using var platform = await StartAsync();
        await using var ann = await ResumingClient.ConnectAsync(platform.Edges[0], ConnectionTransport.WebSocket, "sub=ann&company=c1&topics=t&claim.role=Administrator&claim.role=x");
        await using var bob = await ResumingClient.ConnectAsync(platform.Edges[1], ConnectionTransport.Sse, "sub=bob&company=c1&topics=t&claim.role=x");
        await using var eve = await ResumingClient.ConnectAsync(platform.Edges[1], ConnectionTransport.WebSocket, "sub=eve&company=c2&topics=t&component=orders");
        foreach (string path in (string[])["/everyone", "/topics/t"])
        {
            _ = await platform.Edge.PushAsync(path, JsonSerializer.Serialize(new { data = 1, where, id = "some" }));
            _ = await platform.Edge.PushAsync(path, JsonSerializer.Serialize(new { data = 1, where, id = "fleeting", retain = false }));
            _ = await platform.Edge.PushAsync(path, """{"data":1,"id":"all"}""");
            var reached = new List<string>();
            foreach (var (name, client) in new[] { ("ann", ann), ("bob", bob), ("eve", eve) })
            {
                string? id = (await client.ReceiveAsync()).GetProperty("id").GetString();
                if (id == "all") continue;
                Assert.Equal("some", id);
                Assert.Equal("fleeting all", await client.ReceiveIdsAsync(2));
                reached.Add(name);
            }

            Assert.Equal(expected, string.Join(' ', reached));
        }
    }

    [Fact]
    public async Task Push_Except_LeavesOutConnectionsAndUsers()
    {
        await using var platform = await StartAsync();
        await using var ann1 = await RawWebSocket.ConnectAsync(platform.Edges[0], "sub=ann&company=c");
        await using var ann2 = await RawWebSocket.ConnectAsync(platform.Edges[1], "sub=ann&company=c");
        await using var bob = await RawWebSocket.ConnectAsync(platform.Edges[0], "sub=bob&company=c");
        await using var eve = await RawWebSocket.ConnectAsync(platform.Edges[1], "sub=eve&company=c");
        string body = $$"""{"data":1,"id":"some","except":["{{ann1.ConnectionId}}",{"kind":"user","id":"bob"},{"kind":"connection","id":"{{eve.ConnectionId}}"}]}""";
        _ = await platform.Edge.PushAsync("/companies/c", body);
        _ = await platform.Grains.GetGrain<ICompanyGrain>("c").Push(
            Notification.Json("e", 1) with { Id = "grain", Except = new() { Users = ["ann", "bob"] } });
        _ = await platform.Edge.PushAsync("/companies/c", """{"data":1,"id":"all"}""");
        Assert.Equal("all", await IdsAsync(ann1, 1));
        Assert.Equal("some all", await IdsAsync(ann2, 2));
        Assert.Equal("all", await IdsAsync(bob, 1));
        Assert.Equal("grain all", await IdsAsync(eve, 2));
    }

    /// <summary>The attributes at the time of the replay count, and what is left out moves the cursor on.</summary>
    [Theory]
    [InlineData(ConnectionTransport.WebSocket)]
    [InlineData(ConnectionTransport.Sse)]
    public async Task Replay_Where_BringsWhatHoldsNow(ConnectionTransport transport)
    {
        await using var platform = await StartAsync();
        string cursor;
        await using (var before = await ResumingClient.ConnectAsync(platform.Edges[0], transport, "sub=ann&company=c")) cursor = before.Cursor;
        for (int i = 0; i < 6; i++)
        {
            _ = await platform.Grains.GetGrain<ICompanyGrain>("c").Push(
                Notification.Json("e", i) with { Id = $"{i}", Where = i % 2 == 0 ? "attributes.role == 'admin'" : "not exists(attributes.role)" });
        }

        await using var plain = await ResumingClient.ConnectAsync(platform.Edges[1], transport, "sub=ann&company=c", cursor);
        Assert.True(plain.RecoveredOf("company"));
        Assert.Equal("1 3 5", await plain.ReceiveIdsAsync(3));
        await using var admin = await ResumingClient.ConnectAsync(platform.Edges[0], transport, "sub=ann&company=c&claim.role=admin", cursor);
        Assert.Equal("0 2 4", await admin.ReceiveIdsAsync(3));
        _ = await platform.Grains.GetGrain<ICompanyGrain>("c").Push(Notification.Json("e", 6) with { Id = "6" });
        Assert.Equal("6", await admin.ReceiveIdsAsync(1));
        Assert.Equal("6", await plain.ReceiveIdsAsync(1));
    }

    [Fact]
    public async Task Push_FromAGrain_WithABadFilter_IsRefused()
    {
        await using var platform = await StartAsync();
        var failure = await Assert.ThrowsAsync<ArgumentException>(
            () => platform.Grains.GetGrain<IUserGrain>("ann").Push(Notification.Json("e", 1) with { Where = "colour == 'red'" }));
        Assert.Contains("'colour' at character 1", failure.Message, StringComparison.Ordinal);
    }

    private static Task<TestPlatform> StartAsync() => TestPlatform.StartAsync(new() { EdgeCount = 2, EdgeServices = QueryClaims.Add });

    private static async Task<string> IdsAsync(RawWebSocket client, int count)
    {
        var ids = new List<string?>();
        for (int i = 0; i < count; i++) ids.Add((await client.ReceiveNotificationAsync()).GetProperty("id").GetString());
        return string.Join(' ', ids);
    }
}
