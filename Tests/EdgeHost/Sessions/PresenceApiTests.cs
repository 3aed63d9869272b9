using System.Net.Http.Json;
using System.Text.Json;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Sessions;

public sealed class PresenceApiTests
{
    [Fact]
    public async Task User_StaysOnlineForTheGracePeriodAfterTheLastConnection()
    {
        await using var platform = await StartAsync("00:00:03", events: false);
        Assert.False((await OfAsync(platform, "ann")).GetProperty("online").GetBoolean());
        await using (await RawWebSocket.ConnectAsync(platform.Edges[0], "userid=ann"))
        await using (await RawSse.ConnectAsync(platform.Edges[1], "userid=ann"))
        {
            var online = await OfAsync(platform, "ann");
            Assert.True(online.GetProperty("online").GetBoolean());
            Assert.Equal(2, online.GetProperty("connections").GetInt32());
        }

        await Polling.Until(async () => (await OfAsync(platform, "ann")).GetProperty("connections").GetInt32() == 0, "the connections to be gone");
        Assert.True((await OfAsync(platform, "ann")).GetProperty("online").GetBoolean());
        await Polling.Until(async () => !(await OfAsync(platform, "ann")).GetProperty("online").GetBoolean(), "the grace period to end");
    }

    [Fact]
    public async Task Company_ListsItsUsersOnceInPages()
    {
        await using var platform = await StartAsync("00:00:00", events: false);
        var clients = new List<RawWebSocket>();
        for (int i = 0; i < 12; i++) clients.Add(await RawWebSocket.ConnectAsync(platform.Edges[i % 2], $"userid=u{i % 7}&company=acme"));
        await using var stranger = await RawWebSocket.ConnectAsync(platform.Edge, "userid=u9&company=umbrella");
        var users = new List<string?>();
        string? page = null;
        do
        {
            var answer = await platform.Edge.Http.GetFromJsonAsync<JsonElement>($"/api/companies/acme/presence?limit=3{(page is null ? "" : $"&page={page}")}", Cancel);
            users.AddRange(answer.GetProperty("users").EnumerateArray().Select(u => u.GetString()));
            page = answer.TryGetProperty("next", out var next) ? next.GetString() : null;
        }
        while (page is not null);
        Assert.Equal("u0 u1 u2 u3 u4 u5 u6", string.Join(' ', users));
        foreach (var client in clients) await client.DisposeAsync();
    }

    [Fact]
    public async Task Events_WhenAskedFor_TellOfComingAndGoingButNotOfReconnecting()
    {
        await using var platform = await StartAsync("00:00:01", events: true);
        await using var watcher = await RawWebSocket.ConnectAsync(platform.Edges[1], "userid=watcher&topics=presence/acme");
        var ann = await RawWebSocket.ConnectAsync(platform.Edges[0], "userid=ann&company=acme");
        Assert.Equal(("presence.online", "ann"), await EventAsync(watcher));
        await ann.DisposeAsync();
        ann = await RawWebSocket.ConnectAsync(platform.Edges[1], "userid=ann&company=acme"); // within the grace period
        await using var bob = await RawWebSocket.ConnectAsync(platform.Edges[0], "userid=bob&company=acme");
        Assert.Equal(("presence.online", "bob"), await EventAsync(watcher));
        await ann.DisposeAsync();
        Assert.Equal(("presence.offline", "ann"), await EventAsync(watcher));
    }

    [Fact]
    public async Task Events_WhenNotAskedFor_AreNotPushed()
    {
        await using var platform = await StartAsync("00:00:00", events: false);
        await using var watcher = await RawWebSocket.ConnectAsync(platform.Edges[1], "userid=watcher&topics=presence/acme");
        await (await RawWebSocket.ConnectAsync(platform.Edges[0], "userid=ann&company=acme")).DisposeAsync();
        await Polling.Until(async () => await platform.RosterCountAsync(new UserId("", "ann").Channel) == 0, "the connection to be gone");
        _ = await platform.Edge.PushAsync("/topics/presence/acme", """{"data":1,"event":"end"}""");
        Assert.Equal("end", (await watcher.ReceiveJsonAsync()).GetProperty("event").GetString());
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Task<TestPlatform> StartAsync(string grace, bool events) => TestPlatform.StartAsync(new()
    {
        EdgeCount = 2,
        Settings = { ["Notify:Presence:Grace"] = grace, ["Notify:Presence:Events"] = events.ToString(), ["Notify:Edge:Linger"] = "00:00:00" },
    });

    private static Task<JsonElement> OfAsync(TestPlatform platform, string user) =>
        platform.Edge.Http.GetFromJsonAsync<JsonElement>($"/api/users/{user}/presence", Cancel);

    private static async Task<(string?, string?)> EventAsync(RawWebSocket watcher)
    {
        var frame = await watcher.ReceiveJsonAsync();
        return (frame.GetProperty("event").GetString(), frame.GetProperty("data").GetProperty("user").GetString());
    }
}
