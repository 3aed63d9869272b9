using System.Net;
using Notify.EdgeHost.Security;
using Notify.Tests.EdgeHost.Security.Tokens;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Security.Publishers;

public sealed class PublisherTests
{
    [Fact]
    public async Task Start_WithATokenKeyThatIsTooShort_SaysWhichInOneSentence()
    {
        var failure = await Assert.ThrowsAsync<InsecureStartException>(() => TestSecurity.StartAsync(more: [new("Notify:Authentication:Keys:0:Secret", "c2hvcnQ=")]));
        Assert.Contains("h1", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.DoesNotContain("c2hvcnQ=", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Notify:Publishers:Keys:0:Hash", "abc")]
    [InlineData("Notify:Publishers:Keys:0:Rights:0", "everything")]
    [InlineData("Notify:Publishers:Keys:0:Targets:0", "planet")]
    [InlineData("Notify:Origins:Allowed:0", "https://app.example/path")]
    [InlineData("Notify:Authentication:JwksAddress", "http://id.example/keys")]
    [InlineData("Notify:Authentication:JwksAddress", "https://id.example/keys")] // without Audiences
    public async Task Start_WithSettingsThatCannotBeMeant_IsRefused(string key, string value) =>
        await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => TestSecurity.StartAsync(more: [new(key, value)]));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Push_NeedsAKeyOrATokenWithTheScope(bool shortCircuit)
    {
        string old = PublisherKey.New(), narrow = PublisherKey.New();
        await using var platform = await TestSecurity.StartAsync(shortCircuit: shortCircuit, more:
        [
            new("Notify:Publishers:Keys:3:Hash", TestSecurity.HashOf(old).ToUpperInvariant()),
            new("Notify:Publishers:Keys:4:Hash", TestSecurity.HashOf(narrow)), new("Notify:Publishers:Keys:4:Targets:0", "user"), new("Notify:Publishers:Keys:4:Rights:0", "push"),
        ]);
        var edge = platform.Edge;
        (string Target, string? Credential, int Status)[] cases =
        [
            ("/users/alice", null, 401), ("/users/alice", PublisherKey.New(), 401), ("/users/alice", "nk_", 401), ("/users/alice", "rubbish", 401),
            ("/users/alice", TestSecurity.HashOf(old), 401), // the stored hash is no key
            ("/users/alice", TestSecurity.PlatformKey, 202), ("/users/alice", old, 202), ("/everyone", old, 202), ("/topics/a/b", old, 202),
            ("/users/alice", narrow, 202), ("/companies/acme", narrow, 403), ("/everyone", narrow, 403), ("/topics/a", narrow, 403), ("/connections/abc-1", narrow, 403),
            ("/users/alice", TestSecurity.ManagerKey, 403), // manage alone
            ("/companies/acme", TestSecurity.AcmeKey, 202), ("/companies/globex", TestSecurity.AcmeKey, 403), ("/users/alice", TestSecurity.AcmeKey, 403), ("/everyone", TestSecurity.AcmeKey, 403),
            ("/users/alice", TestTokens.Of("alice"), 403), ("/users/alice", TestTokens.Of("s", scope: "notify:read"), 403), ("/users/alice", TestTokens.Of("s", scope: "openid notify:push"), 202),
            ("/users/alice", TestTokens.Of("s", scope: "notify:pushy"), 403), ("/users/alice", TestTokens.Of("s", scope: "notify:push", seconds: -60), 401),
            ("/users/alice?tenant=acme", TestSecurity.PlatformKey, 400),
        ];
        foreach (var (target, credential, status) in cases)
        {
            var (found, body) = await edge.PushAsync(target, credential);
            Assert.True(found == status, $"{target} {status}: {found} {body}");
        }

        Assert.Equal(403, (await edge.SendAsync(HttpMethod.Get, "/api/history?kind=user&id=alice", narrow)).Status);
        Assert.Equal(200, (await edge.SendAsync(HttpMethod.Get, "/api/history?kind=user&id=alice", old)).Status);
        Assert.Equal(403, (await edge.SendAsync(HttpMethod.Post, "/api/revocations", old, """{"user":"bob"}""")).Status);

        // A list is judged item by item.
        var (listed, results) = await edge.SendAsync(HttpMethod.Post, "/api/push", narrow, """[{"target":{"kind":"user","id":"a"},"data":1},{"target":{"kind":"everyone"},"data":1}]""");
        Assert.Equal(200, listed);
        Assert.Contains("\"status\":202", results, StringComparison.Ordinal);
        Assert.Contains("\"status\":403", results, StringComparison.Ordinal);

        using var header = new HttpRequestMessage(HttpMethod.Post, "/api/push/users/alice") { Content = new StringContent("{\"data\":1}", null, "application/json") };
        header.Headers.Add("X-Api-Key", old);
        using var answer = await edge.Http.SendAsync(header, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);

        // A key in the address is none: addresses are logged by whatever stands in between.
        Assert.Equal(401, (await edge.PushAsync($"/users/alice?access_token={old}", null)).Status);
        Assert.Equal(401, (await edge.PushAsync($"/users/alice?access_token={TestTokens.Of("s", scope: "notify:push")}", null)).Status);
    }

    [Fact]
    public void MakeKey_PrintsAKeyWithItsHash()
    {
        using var output = new StringWriter();
        PublisherKey.Make(output);
        string[] lines = output.ToString().Split('\n');
        string key = lines[0]["key:".Length..].Trim(), hash = lines[1]["hash:".Length..].Trim();
        Assert.True(PublisherKey.Is(key));
        Assert.Equal(hash, TestSecurity.HashOf(key));
    }

    [Fact]
    public async Task Development_WithoutKeys_IsOpenToThisMachineAlone()
    {
        await using var platform = await TestPlatform.StartAsync();
        Assert.Equal(202, (await platform.Edge.PushAsync("/users/alice", null)).Status);
        foreach (string address in (string[])["/api/history?kind=everyone", "/sse?userid=alice", "/demo/token?user=alice"])
        {
            // A page of another name that its owner points at 127.0.0.1: same address, foreign Host.
            using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Host = "rebound.example" } };
            using var answer = await platform.Edge.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.NotFound, $"{address}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task DemoToken_InDevelopment_ConnectsAndIsNothingInProduction()
    {
        await using var platform = await TestPlatform.StartAsync(new() { Settings = TestTokens.Settings });
        Assert.Equal(401, (await platform.Edge.SendAsync(HttpMethod.Get, "/sse?userid=alice", null)).Status); // with keys nobody just says who he is
        var (status, token) = await platform.Edge.SendAsync(HttpMethod.Get, "/demo/token?user=alice&company=acme&topics=a/*", null);
        Assert.Equal(200, status);
        await using (var client = await RawWebSocket.ConnectAsync(platform.Edge, $"access_token={token}&topics=a/b")) Assert.NotEmpty(client.ConnectionId);
        Assert.Equal(403, (await platform.Edge.SendAsync(HttpMethod.Get, "/sse?topics=b", token)).Status);
        await using var production = await TestSecurity.StartAsync();
        Assert.Equal(404, (await production.Edge.SendAsync(HttpMethod.Get, "/demo/token?user=alice", null)).Status);
        Assert.Equal(401, (await production.Edge.SendAsync(HttpMethod.Get, "/sse", token)).Status);
    }
}
