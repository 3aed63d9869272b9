using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Notify.EdgeHost.Security;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Security;

public sealed class SecurityTests
{
    [Fact]
    public async Task Start_InProductionWithoutAuthentication_IsRefusedInOneSentence()
    {
        var failure = await Assert.ThrowsAsync<InsecureStartException>(() => TestPlatform.StartAsync(new() { Environment = Environments.Production }));
        Assert.Contains("Notify:Authentication:Keys", failure.Message, StringComparison.Ordinal);
        Assert.Contains("AddAuthentication", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public async Task Start_InProductionWithoutPublishPolicy_IsRefused()
    {
        var failure = await Assert.ThrowsAsync<InsecureStartException>(() => TestPlatform.StartAsync(new()
        {
            Environment = Environments.Production,
            EdgeServices = services => AddHeaderScheme(services),
        }));
        Assert.Contains(NotifyPolicies.Publish, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_InProduction_TakesTheIdentityFromTheClaims()
    {
        await using var platform = await StartProductionAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/sse?userid=mallory&clientId=tab");
        request.Headers.Add("X-User", "alice");
        using var answer = await platform.Edge.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        ConnectionEntry? entry = null;
        await Polling.Until(
            async () => (entry = (await platform.Grains.GetGrain<IUserGrain>("alice").GetConnections()).SingleOrDefault()) is not null, "alice's connection");
        Assert.Equal(("alice", "acme", "tab"), (entry!.User, entry.Company, entry.ClientId));
        Assert.Equal([new ConnectionAttribute("role", "admin")], entry.Attributes);
    }

    [Theory]
    [InlineData("/sse?userid=alice", null, 401)]
    [InlineData("/sse", "nameless", 403)]
    [InlineData("/sse?topics=secret", "alice", 403)]
    [InlineData("/api/history?kind=everyone", null, 401)]
    [InlineData("/api/history?kind=everyone", "alice", 403)]
    [InlineData("/api/history?kind=everyone", "publisher", 200)]
    public async Task Request_InProduction_NeedsTheRightIdentity(string address, string? user, int status)
    {
        await using var platform = await StartProductionAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (user is not null) request.Headers.Add("X-User", user);
        using var answer = await platform.Edge.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    private static Task<TestPlatform> StartProductionAsync() => TestPlatform.StartAsync(new()
    {
        Environment = Environments.Production,
        EdgeServices = services =>
        {
            AddHeaderScheme(services);
            services.AddAuthorization(o => o.AddPolicy(NotifyPolicies.Publish, p => p.RequireClaim("sub", "publisher")));
        },
    });

    private static void AddHeaderScheme(IServiceCollection services) =>
        services.AddAuthentication("header").AddScheme<AuthenticationSchemeOptions, HeaderScheme>("header", null);

    /// <summary>Believes a header: an application's own scheme.</summary>
    private sealed class HeaderScheme(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers["X-User"] is not [{ } user]) return Task.FromResult(AuthenticateResult.NoResult());
            List<Claim> claims = [new("company", "acme"), new("role", "admin"), new("iat", "1")];
            if (user != "nameless") claims.Add(new("sub", user));
            return Task.FromResult(AuthenticateResult.Success(new(new(new ClaimsIdentity(claims, "header")), "header")));
        }
    }
}
