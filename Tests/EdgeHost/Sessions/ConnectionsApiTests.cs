using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Sessions;

/// <summary>/api/connections over two edges and real sockets.</summary>
public sealed class ConnectionsApiTests : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _clients = [];
    private TestPlatform _platform = null!;

    public async ValueTask InitializeAsync()
    {
        _platform = await TestPlatform.StartAsync(new()
        {
            EdgeCount = 2,
            EdgeServices = QueryClaims.Add,
            Settings = { ["Notify:Sessions:AnswerTimeout"] = "00:00:01", ["Notify:Edge:Linger"] = "00:00:00" },
        });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await _platform.DisposeAsync();
    }

    [Theory]
    [InlineData("", "ann1 ann2 bob eve")]
    [InlineData("?user=ann", "ann1 ann2")]
    [InlineData("?user=nobody", "")]
    [InlineData("?company=acme", "ann1 ann2 bob")]
    [InlineData("?company=acme&transport=sse", "ann2")]
    [InlineData("?topic=stocks/A", "ann1 eve")]
    [InlineData("?topic=stocks/A&company=umbrella", "eve")]
    [InlineData("?component=orders", "bob")]
    [InlineData("?clientId=tab", "ann2")]
    [InlineData("?where=attributes.role%20%3D%3D%20%22admin%22", "ann1 eve")]
    [InlineData("?company=acme&where=not%20exists(attributes.role)", "ann2 bob")]
    public async Task List_ByEveryCriterion_OverBothEdges(string query, string expected)
    {
        var names = await ConnectFourAsync();
        var page = await GetAsync("/api/connections" + query);
        Assert.Equal(expected, string.Join(' ', page.GetProperty("connections").EnumerateArray().Select(c => names[c.GetProperty("id").GetString()!]).Order()));
        Assert.True(page.GetProperty("complete").GetBoolean());
        Assert.False(page.TryGetProperty("next", out _));
        var count = await GetAsync("/api/connections/count" + query);
        Assert.Equal(page.GetProperty("connections").GetArrayLength(), count.GetProperty("count").GetInt32());
        if (query.Contains("topic", StringComparison.Ordinal)) return;
        var snapshot = await GetAsync("/api/connections/count" + (query.Length == 0 ? "?" : query + "&") + "snapshot=true");
        Assert.Equal(page.GetProperty("connections").GetArrayLength(), snapshot.GetProperty("count").GetInt32());
        Assert.True(snapshot.TryGetProperty("asOf", out _));
    }

    [Fact]
    public async Task List_OneConnection_ShowsAllThatIsKnownOfIt()
    {
        var client = await OpenAsync(0, "sub=ann&company=acme&component=orders&clientId=tab&claim.role=admin&claim.role=auditor");
        var found = await GetAsync($"/api/connections/{client.ConnectionId}");
        Assert.Equal(client.ConnectionId, found.GetProperty("id").GetString());
        Assert.Equal("ann acme orders tab websocket", string.Join(' ', new[] { "user", "company", "component", "clientId", "transport" }.Select(n => found.GetProperty(n).GetString())));
        Assert.Equal(["admin", "auditor"], found.GetProperty("attributes").GetProperty("role").EnumerateArray().Select(v => v.GetString()!));
        Assert.InRange(found.GetProperty("connectedAt").GetDateTimeOffset(), DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.MaxValue);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task List_InPages_GivesEachConnectionOnce(bool isSnapshot)
    {
        var expected = new List<string>();
        for (int i = 0; i < 23; i++) expected.Add((await OpenAsync(i % 2, $"sub=u{i}&company=acme")).ConnectionId);
        var seen = new List<string>();
        string? page = null;
        int pages = 0;
        do
        {
            var answer = await GetAsync($"/api/connections?company=acme&limit=5&snapshot={isSnapshot}" + (page is null ? "" : $"&page={page}"));
            seen.AddRange(answer.GetProperty("connections").EnumerateArray().Select(c => c.GetProperty("id").GetString()!));
            page = answer.TryGetProperty("next", out var next) ? next.GetString() : null;
            pages++;
        }
        while (page is not null);
        Assert.Equal(expected.Order(), seen.Order());
        Assert.InRange(pages, 5, 6);
    }

    [Fact]
    public async Task Close_One_TellsItWhyAndLeavesTheOthers()
    {
        var ann = await OpenAsync(0, "sub=ann");
        var ann2 = await OpenAsync(1, "sub=ann");
        using var answer = await _platform.Edges[1].Http.DeleteAsync(new Uri($"/api/connections/{ann.ConnectionId}?reason=bye", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal((CloseCodes.ClosedByService, "bye"), await ann.ReceiveCloseReasonAsync());
        await ann.SendCloseAsync(CloseCodes.ClosedByService);
        _ = await _platform.Edge.PushAsync("/users/ann", """{"data":1}""");
        _ = await ann2.ReceiveJsonAsync();
        await Polling.Until(async () => await StatusAsync($"/api/connections/{ann.ConnectionId}") == 404, "the closed connection to be gone");
        Assert.Equal(200, await StatusAsync($"/api/connections/{ann2.ConnectionId}"));
    }

    [Fact]
    public async Task Close_OfACompany_ClosesAllOfThemAndMayAskThemBack()
    {
        var ann = await OpenAsync(0, "sub=ann&company=acme");
        var bob = await OpenAsync(1, "sub=bob&company=acme");
        var eve = await OpenAsync(1, "sub=eve&company=umbrella");
        var closed = await DeleteAsync("/api/connections?company=acme&reason=moving&reconnect=true");
        Assert.Equal(2, closed.GetProperty("closed").GetInt32());
        Assert.Equal((CloseCodes.ClosedForNow, "moving"), await ann.ReceiveCloseReasonAsync());
        Assert.Equal((CloseCodes.ClosedForNow, "moving"), await bob.ReceiveCloseReasonAsync());
        Assert.Equal(ReconnectRule.Later, CloseCodes.RuleOf(CloseCodes.ClosedForNow));
        Assert.Equal(200, await StatusAsync($"/api/connections/{eve.ConnectionId}"));
    }

    [Theory]
    [InlineData("GET", "/api/connections?colour=red", 400)]
    [InlineData("GET", "/api/connections?where=x", 400)]
    [InlineData("GET", "/api/connections?limit=0", 400)]
    [InlineData("GET", "/api/connections?limit=1001", 400)]
    [InlineData("GET", "/api/connections?page=x", 400)]
    [InlineData("GET", "/api/connections?transport=pigeon", 400)]
    [InlineData("GET", "/api/connections?user=", 400)]
    [InlineData("GET", "/api/connections?topic=t&snapshot=true", 400)]
    [InlineData("GET", "/api/connections/none", 404)]
    [InlineData("DELETE", "/api/connections/none", 404)]
    [InlineData("DELETE", "/api/connections", 400)]
    [InlineData("DELETE", "/api/connections?user=a&reconnect=perhaps", 400)]
    [InlineData("GET", "/api/companies/a/presence?limit=x", 400)]
    public async Task Request_ThatIsWrong_IsRefused(string method, string address, int status)
    {
        using var request = new HttpRequestMessage(new(method), address);
        using var answer = await _platform.Edge.Http.SendAsync(request, Cancel);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task List_WhenAnEdgeDoesNotAnswer_NamesItAndGivesTheRest()
    {
        var ann = await OpenAsync(0, "sub=ann&company=acme");
        await using var silent = await _platform.Silo.StartEdgeAsync();
        _ = await silent.SubscribeAsync();
        _ = await silent.AttachAsync(new CompanyId("", "acme").Channel);
        var page = await GetAsync("/api/connections?company=acme");
        Assert.Equal(ann.ConnectionId, Assert.Single(page.GetProperty("connections").EnumerateArray()).GetProperty("id").GetString());
        Assert.False(page.GetProperty("complete").GetBoolean());
        Assert.Equal(silent.Id.Value, Assert.Single(page.GetProperty("missing").EnumerateArray()).GetString());
        Assert.False((await GetAsync("/api/connections/count?company=acme")).GetProperty("complete").GetBoolean());
        Assert.False((await GetAsync("/api/companies/acme/presence")).GetProperty("complete").GetBoolean());
    }

    [Fact]
    public async Task Snapshot_HoweverManyAsk_CostsOneSweep()
    {
        using var sweeps = new CountedMeasurements(_platform.Silo.Host.Services, "notify.sessions.sweeps");
        _ = await OpenAsync(0, "sub=ann");
        var sessions = _platform.Grains.GetSessions();
        var pages = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => sessions.ListSnapshot(ConnectionQuery.All))).Within("200 snapshots");
        Assert.All(pages, page => Assert.Equal(("ann", pages[0].AsOf), (Assert.Single(page.Connections).User, page.AsOf)));
        Assert.True(sweeps.Measured.TryRead(out _));
        Assert.False(sweeps.Measured.TryRead(out _));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<Dictionary<string, string>> ConnectFourAsync()
    {
        var ann2 = await RawSse.ConnectAsync(_platform.Edges[1], "sub=ann&company=acme&clientId=tab");
        _clients.Add(ann2);
        return new()
        {
            [(await OpenAsync(0, "sub=ann&company=acme&topics=stocks/A&claim.role=admin")).ConnectionId] = "ann1",
            [ann2.ConnectionId] = "ann2",
            [(await OpenAsync(0, "sub=bob&company=acme&component=orders")).ConnectionId] = "bob",
            [(await OpenAsync(1, "sub=eve&company=umbrella&topics=stocks/A&claim.role=admin")).ConnectionId] = "eve",
        };
    }

    private async Task<RawWebSocket> OpenAsync(int edge, string query)
    {
        var client = await RawWebSocket.ConnectAsync(_platform.Edges[edge], query);
        _clients.Add(client);
        return client;
    }

    private Task<JsonElement> GetAsync(string address) => _platform.Edge.Http.GetFromJsonAsync<JsonElement>(address, Cancel);

    private async Task<JsonElement> DeleteAsync(string address)
    {
        using var answer = await _platform.Edge.Http.DeleteAsync(new Uri(address, UriKind.Relative), Cancel);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private async Task<int> StatusAsync(string address)
    {
        using var answer = await _platform.Edge.Http.GetAsync(new Uri(address, UriKind.Relative), Cancel);
        return (int)answer.StatusCode;
    }
}
