using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Notify.Tests.EdgeHost.Security.Tokens;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Security;

/// <summary>Straight from routing to Notify: middleware is passed by, checks are not.</summary>
public sealed class ShortCircuitTests
{
    [Theory]
    [InlineData(false, 418)]
    [InlineData(true, 202)]
    public async Task Push_MeetsTheApplicationsMiddleware_UnlessShortCircuited(bool shortCircuit, int status)
    {
        await using var platform = await TestPlatform.StartAsync(new()
        {
            ShortCircuit = shortCircuit,
            EdgeApp = app => app.Use((HttpContext context, RequestDelegate _) =>
            {
                context.Response.StatusCode = StatusCodes.Status418ImATeapot;
                return Task.CompletedTask;
            }),
        });
        Assert.Equal(status, (await platform.Edge.PushAsync("/users/alice", null)).Status);
        Assert.Equal(StatusCodes.Status418ImATeapot, (await platform.Edge.SendAsync(HttpMethod.Get, "/health/live", null)).Status); // what is no client's and no publisher's
    }

    [Fact]
    public async Task Client_NeedsAToken_AlsoWhenShortCircuited()
    {
        await using var platform = await TestSecurity.StartAsync(shortCircuit: true);
        await Assert.ThrowsAsync<IOException>(() => RawWebSocket.ConnectAsync(platform.Edge, "userid=alice"));
        Assert.Equal(401, (await platform.Edge.SendAsync(HttpMethod.Get, "/sse?userid=alice", null)).Status);
        await using var client = await RawWebSocket.ConnectAsync(platform.Edge, $"access_token={TestTokens.Of("alice")}");
        Assert.Equal(202, (await platform.Edge.PushAsync("/users/alice", TestSecurity.PlatformKey)).Status);
        Assert.Equal("notification", (await client.ReceiveNotificationAsync()).GetProperty("type").GetString());
    }
}
