using Notify.EdgeHost.Security;
using Notify.Protocol;
using Notify.Tests.EdgeHost.Security.Tokens;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Security;

/// <summary>
/// Two companies with a user, a topic and a client id of the same name, each connected to each edge: whatever one of them tries, nothing
/// of the other's arrives or shows.
/// </summary>
public class TenancyTests
{
    private const string Acme = "acme", Globex = "globex";

    /// <summary>What a key of acme may try, and whether it may: everything that names a target.</summary>
    private static readonly (string Target, int Status)[] OwnTargets =
    [
        ("/users/alice", 202), ("/users/alice?component=app", 202), ("/users/alice/clients/tab", 202), ("/companies/acme", 202), ("/topics/news", 202), ("/users/alice?tenant=acme", 202),
    ];

    private static readonly (string Target, int Status)[] ForeignTargets =
    [
        ("/companies/globex", 403), ("/everyone", 403), ("/users/alice?tenant=globex", 403), ("/topics/news?tenant=globex", 403), ("/companies/globex?tenant=globex", 403),
        ("/users/alice?tenant=", 202), ("/users/~globex~alice", 202), ("/topics/~globex~news", 202), ("/users/globex%7Ealice", 202), ("/users/alice?tenant=acme&tenant=globex", 403),
        ("/users/alice?tenant=~", 400), ("/everyone?tenant=globex", 403),
    ];

    [Fact]
    public async Task Border_HoldsForEveryTargetListingCursorAndRevocation()
    {
        await using var platform = await TestSecurity.StartAsync(edges: 2, tenancy: Tenancy.ByCompany);
        var edge = platform.Edge;
        await using var acme = await ConnectAsync(edge, Acme);
        var globex = new List<RawWebSocket>();
        foreach (var one in platform.Edges) globex.Add(await ConnectAsync(one, Globex));

        // Targets: what is acme's own arrives there. Names that look like keys of grains are only names.
        int own = 0;
        foreach (var (target, status) in OwnTargets.Concat(ForeignTargets))
        {
            var (found, body) = await edge.PushAsync(target, TestSecurity.AcmeKey, $"acme{own++}");
            Assert.True(found == status, $"{target} {status}: {found} {body}");
        }

        foreach (var foreign in globex)
        {
            foreach (var (through, name) in platform.Edges.Select((e, i) => (e, $"edge {i}")))
            {
                // On the connection's own edge it is unknown; through another it is sent into nothing.
                int status = (await through.PushAsync($"/connections/{foreign.ConnectionId}", TestSecurity.AcmeKey, "stray")).Status;
                Assert.True(status is 404 or 202, $"{name}: {status}");
            }
        }

        string list = $$"""[{"target":{"kind":"company","id":"globex"},"data":1},{"target":{"kind":"everyone"},"data":1},{"target":{"kind":"connection","id":"{{globex[1].ConnectionId}}"},"data":1},{"target":{"kind":"user","id":"alice"},"data":1,"id":"own"}]""";
        Assert.Equal(200, (await edge.SendAsync(HttpMethod.Post, "/api/push", TestSecurity.AcmeKey, list)).Status);

        // Listings.
        Assert.Equal(202, (await edge.PushAsync("/users/alice?tenant=globex", TestSecurity.PlatformKey, "globex-user")).Status);
        Assert.Equal(202, (await edge.PushAsync("/topics/news?tenant=globex", TestSecurity.PlatformKey, "globex-topic")).Status);
        Assert.Equal(202, (await edge.PushAsync("/companies/globex?tenant=globex", TestSecurity.PlatformKey, "globex-company")).Status);
        foreach (string listing in (string[])
        [
            "/api/history?kind=user&id=alice", "/api/history?kind=topic&id=news", "/api/history?kind=company&id=globex", "/api/history?kind=company&id=acme", "/api/history?kind=everyone",
            "/api/history?kind=user&id=alice&tenant=globex", "/api/history?kind=user&id=~globex~alice", "/api/history?kind=topic&id=news&tenant=globex",
            "/api/connections", "/api/connections?user=alice", "/api/connections?topic=news", "/api/connections?component=app", "/api/connections?company=globex", "/api/connections?tenant=globex",
            "/api/connections?snapshot=true", "/api/connections?where=" + Uri.EscapeDataString("company == 'globex'"), "/api/connections?where=" + Uri.EscapeDataString("user == 'alice' or company == 'globex'"),
            "/api/connections?page=" + acme.ConnectionId, "/api/connections/count", "/api/connections/count?snapshot=true", "/api/connections/" + globex[0].ConnectionId, "/api/connections/" + globex[1].ConnectionId,
            "/api/users/alice/presence", "/api/companies/globex/presence", "/api/companies/acme/presence", "/api/companies/globex/presence?tenant=globex",
        ])
        {
            var (status, body) = await edge.SendAsync(HttpMethod.Get, listing, TestSecurity.AcmeKey);
            Assert.DoesNotContain("globex-", body, StringComparison.Ordinal);
            foreach (var foreign in globex) Assert.DoesNotContain(foreign.ConnectionId, body, StringComparison.Ordinal);
            Assert.DoesNotContain("\"globex\"", body, StringComparison.Ordinal);
            if (listing.Contains("/count", StringComparison.Ordinal)) Assert.Contains("\"count\":1", body, StringComparison.Ordinal);
            bool isForeign = listing.EndsWith("everyone", StringComparison.Ordinal) || listing.Contains("=globex", StringComparison.Ordinal) || listing.Contains("/globex", StringComparison.Ordinal);
            int expected = isForeign ? 403 : globex.Any(c => listing.EndsWith("/" + c.ConnectionId, StringComparison.Ordinal)) ? 404 : 200;
            Assert.True(status == expected, $"{listing} {expected}: {status} {body}");
        }

        foreach (string closing in (string[])[$"/api/connections/{globex[0].ConnectionId}", $"/api/connections/{globex[1].ConnectionId}", "/api/connections?company=globex", "/api/connections?user=alice&tenant=globex"])
            Assert.True((await edge.SendAsync(HttpMethod.Delete, closing, TestSecurity.AcmeKey)).Status is 403 or 404, closing);
        Assert.Contains(globex[1].ConnectionId, (await edge.SendAsync(HttpMethod.Get, "/api/connections?tenant=globex", TestSecurity.PlatformKey)).Body, StringComparison.Ordinal);
        {
        }

        Assert.Contains("globex-user", (await edge.SendAsync(HttpMethod.Get, "/api/history?kind=user&id=alice&tenant=globex", TestSecurity.PlatformKey)).Body, StringComparison.Ordinal);
        Assert.Equal(400, (await edge.SendAsync(HttpMethod.Get, "/api/history?kind=user&id=alice", TestSecurity.PlatformKey)).Status); // a platform key names the tenant

        // Globex got its own three and nothing else.
        foreach (var foreign in globex)
        {
            string[] ids = [await IdAsync(foreign), await IdAsync(foreign), await IdAsync(foreign)];
            Assert.Equal(["globex-company", "globex-topic", "globex-user"], ids.Order());
        }

        // Cursors: one taken from globex, its epochs and offsets changed every way, brings acme's client nothing of globex's.
        Assert.True(Cursor.TryParse(globex[0].Welcome.GetProperty("cursor").GetString(), out var taken));
        var positions = globex[0].Welcome.GetProperty("channels").EnumerateArray().ToArray();
        int forged = 0;
        foreach (long shift in (long[])[0, -1, 1, 1000])
        {
            foreach (var channel in positions)
            {
                Assert.True(Position.TryParse(channel.GetProperty("position").GetString(), out var position));
                _ = taken.Set(Cursor.TagOf(channel.GetProperty("kind").GetString()!, channel.GetProperty("id").GetString()!), position.Epoch, Math.Max(0, position.Offset + shift));
            }

            await using var client = await ConnectAsync(edge, Acme, $"&resume={taken}", "forger");
            await client.SendTextAsync("""{"type":"ping","ref":"end"}""");
            Assert.DoesNotContain(await UntilReplyAsync(client), id => id.StartsWith("globex", StringComparison.Ordinal));
            forged++;
        }

        foreach (string resume in (string[])["last:1000", "since:2020-01-01T00:00:00Z"])
        {
            await using var client = await ConnectAsync(edge, Acme, $"&resume={resume}", "forger");
            await client.SendTextAsync("""{"type":"ping","ref":"end"}""");
            Assert.DoesNotContain(await UntilReplyAsync(client), id => id.StartsWith("globex", StringComparison.Ordinal));
            forged++;
        }

        Assert.Equal(6, forged);

        // Client ids and limits live inside the tenant: the same client id of the other company closed nobody.
        Assert.Equal(204, (await edge.SendAsync(HttpMethod.Post, "/api/revocations", TestSecurity.AcmeKey, """{"user":"alice"}""")).Status);
        Assert.Equal(403, (await edge.SendAsync(HttpMethod.Post, "/api/revocations?tenant=globex", TestSecurity.AcmeKey, """{"user":"alice"}""")).Status);
        Assert.Equal(204, (await edge.SendAsync(HttpMethod.Post, "/api/revocations", TestSecurity.AcmeKey, """{"tokenId":"token of globex"}""")).Status);
        Assert.Equal(CloseCodes.Revoked, await acme.ReceiveCloseAsync());
        Assert.Equal(202, (await edge.PushAsync("/everyone", TestSecurity.PlatformKey, "all")).Status);
        foreach (var foreign in globex)
        {
            Assert.Equal("all", await IdAsync(foreign));
            await foreign.DisposeAsync();
        }
    }

    [Fact]
    public async Task Tokens_OfACompany_ReachItAlone()
    {
        await using var platform = await TestSecurity.StartAsync(tenancy: Tenancy.ByCompany);
        var edge = platform.Edge;
        string own = TestTokens.Of("service", Acme, scope: "notify:push notify:read"), all = TestTokens.Of("service", scope: "notify:push notify:platform"), none = TestTokens.Of("service", scope: "notify:push");
        (string Target, string Token, int Status)[] cases =
        [
            ("/users/alice", own, 202), ("/companies/acme", own, 202), ("/companies/globex", own, 403), ("/users/alice?tenant=globex", own, 403), ("/everyone", own, 403),
            ("/users/alice", all, 400), ("/users/alice?tenant=globex", all, 202), ("/everyone", all, 202), ("/users/alice", none, 403),
        ];
        foreach (var (target, token, status) in cases)
        {
            var (found, body) = await edge.PushAsync(target, token);
            Assert.True(found == status, $"{target} {status}: {found} {body}");
        }

        Assert.Equal(403, (await edge.SendAsync(HttpMethod.Get, "/sse", TestTokens.Of("alice"))).Status); // no company, no tenant
        Assert.Equal(400, (await edge.SendAsync(HttpMethod.Get, "/sse", TestTokens.Of("alice", "a~b"))).Status);
    }

    private static Task<RawWebSocket> ConnectAsync(TestEdgeHost edge, string company, string more = "", string clientId = "tab") => RawWebSocket.ConnectAsync(
        edge, $"topics=news&component=app&clientId={(company == Globex ? clientId + edge.Id : clientId)}{more}&access_token={TestTokens.Of("alice", company, ["**"], tokenId: $"token of {company}")}");

    private static async Task<string> IdAsync(RawWebSocket client)
    {
        while (true)
        {
            var frame = await client.ReceiveJsonAsync();
            if (frame.GetProperty("type").GetString() == "notification") return frame.GetProperty("id").GetString()!;
        }
    }

    private static async Task<List<string>> UntilReplyAsync(RawWebSocket client)
    {
        var ids = new List<string>();
        while (true)
        {
            var frame = await client.ReceiveJsonAsync();
            if (frame.TryGetProperty("id", out var id)) ids.Add(id.GetString()!);
            if (frame.GetProperty("type").GetString() == "reply") return ids;
        }
    }
}
