using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Notify.Tests.EdgeHost.Security;
using Notify.Tests.EdgeHost.Security.Tokens;
using Notify.Tests.Platform;
using Xunit;
using static Notify.Tests.EdgeHost.Transports.BelowHttp.PlainConnection;

namespace Notify.Tests.EdgeHost.Transports.BelowHttp;

/// <summary>Who is let in below HTTP, who goes on to HTTP, and that both ways answer the same.</summary>
public sealed partial class WaysInTests
{
    private const string Upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\nSec-WebSocket-Version: 13\r\n";

    [Fact]
    public async Task PlainHandshakes_AreServedBelowHttp()
    {
        await using var platform = await TestPlatform.StartAsync();
        await using var webSocket = await RawWebSocket.ConnectAsync(platform.Edge, "userid=a");
        await using var events = await RawSse.ConnectAsync(platform.Edge, "userid=a");
        Assert.Equal(2, platform.Edge.BelowHttpCount);
        _ = await platform.Edge.PushAsync("/users/a", """{"data":7}""");
        Assert.Equal(7, (await webSocket.ReceiveNotificationAsync()).GetProperty("data").GetInt32());
        Assert.Contains("\"data\":7", (await events.ReceiveAsync()).Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Setting_SwitchesItOff()
    {
        await using var platform = await TestPlatform.StartAsync(new() { Settings = { ["Notify:Connections:BelowHttp"] = "false" } });
        await using var client = await RawWebSocket.ConnectAsync(platform.Edge, "userid=a");
        Assert.Equal(0, platform.Edge.BelowHttpCount);
    }

    /// <summary>Nobody is let in on one way whom the other refuses, and what is refused is answered in the same words.</summary>
    [Fact]
    public async Task Refusals_AreTheSameOnBothWays()
    {
        KeyValuePair<string, string?>[] settings = [new("Notify:Origins:Allowed:0", "https://app.example")];
        await using var below = await TestSecurity.StartAsync(more: settings);
        await using var over = await TestSecurity.StartAsync(more: [.. settings, new("Notify:Connections:BelowHttp", "false")]);
        string token = TestTokens.Of("alice"), head = "GET {0} HTTP/1.1\r\nHost: localhost\r\n", with = $"Authorization: Bearer {token}\r\n";
        string[] requests =
        [
            .. new[] { "", "Authorization: Bearer x\r\n", $"Authorization: Bearer {token[..^2]}\r\n", with + "Origin: https://evil.example\r\n", with + "Origin: null\r\n" }
                .SelectMany(headers => new[] { string.Format(null, head, "/ws") + Upgrade + headers, string.Format(null, head, "/sse") + headers }),
            .. new[] { "/ws?access_token=x", "/ws?access_token=" + token + "&topics=secret/x", "/ws?access_token=" + token + "&clientId=%01", "/ws?access_token=" + token + "&resume=x", "/ws?userid=alice" }
                .Select(target => string.Format(null, head, target) + Upgrade),
            .. new[] { "/sse?access_token=" + token + "&topics=,%20", "/sse?access_token=" + token + "&resume=last:x", "/sse?userid=alice" }.Select(target => string.Format(null, head, target)),
            string.Format(null, head, "/ws") + Upgrade.Replace("13", "12", StringComparison.Ordinal) + with,
            string.Format(null, head, "/ws") + Upgrade.Replace("AQID", "A", StringComparison.Ordinal) + with,
            string.Format(null, head, "/ws") + with,
        ];
        foreach (string request in requests)
        {
            string answer = await AnswerAsync(over.Edge.Address, request + "\r\n");
            Assert.Matches("^HTTP/1.1 4", answer);
            Assert.Equal(answer, await AnswerAsync(below.Edge.Address, request + "\r\n"));
        }

        Assert.Equal(0, below.Edge.BelowHttpCount);
        await using (await RawWebSocket.ConnectAsync(below.Edge, "", headers: with)) { }
        Assert.Equal(1, below.Edge.BelowHttpCount);
    }

    /// <summary>What a host has set up for HTTP counts: its connections go there.</summary>
    [Theory]
    [InlineData("scheme")]
    [InlineData("fallback policy")]
    [InlineData("allowed hosts")]
    [InlineData("counted upgrades")]
    [InlineData("forwarded headers")]
    public async Task RulesOfTheHost_SendConnectionsToHttp(string rule)
    {
        await using var platform = await TestPlatform.StartAsync(new()
        {
            Settings = rule == "allowed hosts" ? new() { ["AllowedHosts"] = "127.0.0.1" } : [],
            EdgeServices = services => _ = rule switch
            {
                "scheme" => services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, NobodyScheme>("own", null).Services,
                "fallback policy" => services.AddAuthorization(o => o.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAssertion(static _ => true).Build()),
                "forwarded headers" => services.Configure<ForwardedHeadersOptions>(o => o.ForwardedHeaders = Microsoft.AspNetCore.HttpOverrides.ForwardedHeaders.XForwardedFor),
                _ => services,
            },
            EdgeKestrel = kestrel => kestrel.Limits.MaxConcurrentUpgradedConnections = rule == "counted upgrades" ? 1 : null,
        });
        await using var first = await RawWebSocket.ConnectAsync(platform.Edge, "userid=a", headers: "X-Forwarded-For: 10.0.0.1\r\n");
        if (rule == "counted upgrades") _ = await Assert.ThrowsAnyAsync<IOException>(() => RawWebSocket.OpenAsync(platform.Edge, "userid=a"));
        Assert.Equal(0, platform.Edge.BelowHttpCount);
    }

    [Fact]
    public async Task MaxConcurrentConnections_CountsBothWays()
    {
        await using var platform = await TestPlatform.StartAsync(new() { EdgeKestrel = kestrel => kestrel.Limits.MaxConcurrentConnections = 1 });
        await using var first = await RawWebSocket.ConnectAsync(platform.Edge, "userid=a");
        Assert.Equal(1, platform.Edge.BelowHttpCount);
        _ = await Assert.ThrowsAnyAsync<IOException>(() => RawWebSocket.OpenAsync(platform.Edge, "userid=b"));
    }

    [Fact]
    public async Task TlsPort_TakesNoHandshakeInTheClear()
    {
        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        await using var platform = await TestPlatform.StartAsync(new() { EdgePort = listen => listen.UseHttps(certificate) });
        using (var plain = await ConnectAsync(platform.Edge.Address))
        {
            await SendAsync(plain, $"GET /ws?userid=a HTTP/1.1\r\nHost: localhost\r\n{Upgrade}\r\n");
            Assert.DoesNotContain(" 101 ", await ReadAsync(plain), StringComparison.Ordinal);
        }

        using var stream = await ConnectAsync(platform.Edge.Address);
#pragma warning disable CA5359 // the certificate of this test
        using var tls = new SslStream(stream, leaveInnerStreamOpen: true, static (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync("localhost").Within("the TLS handshake");
        await SendAsync(tls, $"GET /ws?userid=a HTTP/1.1\r\nHost: localhost\r\n{Upgrade}\r\n");
        Assert.StartsWith("HTTP/1.1 101 ", await ReadAsync(tls), StringComparison.Ordinal);
        Assert.Equal(0, platform.Edge.BelowHttpCount);
    }

    /// <summary>Nobody is held who does not say what he wants: not at once, in parts, or something else.</summary>
    [Fact]
    public async Task WhatIsNotThereAtOnce_IsForHttp()
    {
        await using var platform = await TestPlatform.StartAsync(new() { EdgeKestrel = kestrel => kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(2) });
        using var parts = await ConnectAsync(platform.Edge.Address);
        await SendAsync(parts, "GET /ws?userid=a HTTP/1.1\r\n");
        using var silent = await ConnectAsync(platform.Edge.Address);
        using var other = await ConnectAsync(platform.Edge.Address);
        await SendAsync(other, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await ReadAsync(other), StringComparison.Ordinal); // after the parts have been looked at
        await SendAsync(parts, $"Host: localhost\r\n{Upgrade}\r\n");
        Assert.StartsWith("HTTP/1.1 101 ", await ReadAsync(parts), StringComparison.Ordinal);
        Assert.Equal("", await ReadAsync(silent)); // cut off
        Assert.Equal(0, platform.Edge.BelowHttpCount);
    }

    [Fact]
    public async Task EventStream_EndsAsABodyDoes()
    {
        await using var platform = await TestPlatform.StartAsync();
        using var stream = await ConnectAsync(platform.Edge.Address);
        await SendAsync(stream, "GET /sse?userid=a HTTP/1.1\r\nHost: localhost\r\n\r\n");
        string head = await ReadAsync(stream);
        Assert.Contains("Transfer-Encoding: chunked\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Content-Type: text/event-stream\r\n", head, StringComparison.Ordinal);
        Assert.Equal(1, platform.Edge.BelowHttpCount);
        await platform.Edge.StopAsync();
        Assert.EndsWith("\r\n0\r\n\r\n", await ReadAllAsync(stream), StringComparison.Ordinal);
    }

    /// <summary>A client that says it will send no more and reads nothing holds neither its connection nor the server's stop.</summary>
    [Fact]
    public async Task EventStream_OfAClientThatIsHalfGone_IsCutOff()
    {
        await using var platform = await TestPlatform.StartAsync();
        using var stream = await ConnectAsync(platform.Edge.Address);
        await SendAsync(stream, "GET /sse?userid=half HTTP/1.1\r\nHost: localhost\r\n\r\n");
        _ = await ReadAsync(stream);
        await Polling.Until(async () => await platform.RosterCountAsync(new UserId("", "half").Channel) == 1, "the client to be there");
        string payload = new('x', 60_000);
        for (int i = 0; i < 15; i++) _ = await platform.Edge.PushAsync("/users/half", $$"""{"data":"{{payload}}"}""");
        stream.Socket.Shutdown(SocketShutdown.Send);
        await Polling.Until(async () => (await platform.Edge.Http.GetStringAsync(new Uri("/api/connections/count", UriKind.Relative), TestContext.Current.CancellationToken)).Contains("\"count\":0", StringComparison.Ordinal), "the client to be gone");
        await platform.Edge.StopAsync().Within("the edge to stop");
    }

    /// <summary>The whole answer but for its time and its trace.</summary>
    private static async Task<string> AnswerAsync(Uri address, string request)
    {
        using var stream = await ConnectAsync(address);
        await SendAsync(stream, request);
        var answer = new StringBuilder();
        do answer.Append(await ReadAsync(stream));
        while (!answer.ToString().Contains("0\r\n\r\n", StringComparison.Ordinal)); // all refusals come in chunks
        return Changing().Replace(answer.ToString(), "");
    }

    [GeneratedRegex("""Date: [^\r]*\r\n|,"traceId":"[^"]*"|\r\n[0-9a-f]{2,3}\r\n""")]
    private static partial Regex Changing();

    private sealed class NobodyScheme(Microsoft.Extensions.Options.IOptionsMonitor<AuthenticationSchemeOptions> options, Microsoft.Extensions.Logging.ILoggerFactory logger, System.Text.Encodings.Web.UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(AuthenticateResult.NoResult());
    }
}
