using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Notify.Tests.EdgeHost.Security;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Telemetry;

/// <summary>GET /metrics of an edge: what it says, and to whom.</summary>
public sealed partial class MetricsEndpointTests
{
    private static readonly Uri Metrics = new("/metrics", UriKind.Relative);

    [Fact]
    public async Task Metrics_InProduction_NeedThePlatformsKey()
    {
        await using var platform = await TestSecurity.StartAsync();
        var edge = platform.Edge;
        Assert.Equal(401, (await edge.SendAsync(HttpMethod.Get, "/metrics", null)).Status);
        Assert.Equal(403, (await edge.SendAsync(HttpMethod.Get, "/metrics", TestSecurity.ManagerKey)).Status); // has no right to read
        Assert.Equal(403, (await edge.SendAsync(HttpMethod.Get, "/metrics", TestSecurity.AcmeKey)).Status); // reads its company alone
        Assert.Equal(200, (await edge.SendAsync(HttpMethod.Get, "/metrics", TestSecurity.PlatformKey)).Status);
    }

    [Fact]
    public async Task Metrics_OnTheirOwnPort_NeedNone()
    {
        int port = Ports.Next();
        await using var platform = await TestSecurity.StartAsync(
            more: [new("Notify:Metrics:Port", port.ToString(CultureInfo.InvariantCulture))],
            services: services => services.Configure<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, port)));
        using var http = new HttpClient();
        Assert.Contains("# TYPE notify_edge_connections", await WithConnectionAsync(platform, () => http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"))), StringComparison.Ordinal);

        // By the socket and not by what the request says.
        var other = platform.Edge.App.Urls.Select(url => new Uri(url)).First(url => url.Port != port);
        using var forged = new HttpRequestMessage(HttpMethod.Get, new Uri(other, "/metrics")) { Headers = { Host = $"127.0.0.1:{port}" } };
        using var answer = await http.SendAsync(forged, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Metrics_WhenTurnedOff_AreNotThere()
    {
        await using var platform = await TestPlatform.StartAsync(new() { Settings = { ["Notify:Metrics:Collect"] = "false" } });
        using var answer = await platform.Edge.Http.GetAsync(Metrics, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    /// <summary>Every line is one of the format; nothing names a user, a connection, a company or a topic; what operators watch is there.</summary>
    [Fact]
    public async Task Metrics_AfterTraffic_TellWhatWasDoneAndOfNobody()
    {
        await using var platform = await TestPlatform.StartAsync();
        await using var client = await RawWebSocket.ConnectAsync(platform.Edge, "userid=zelda&company=umbrella&topics=secret/topic");
        await using var sse = await RawSse.ConnectAsync(platform.Edge, "userid=zelda&clientId=hidden");
        for (int i = 0; i < 3; i++)
        {
            using var body = new StringContent("""{"event":"e","data":"payload-xyz"}""", null, "application/json");
            using var pushed = await platform.Edge.Http.PostAsync(new Uri("/api/push/users/zelda", UriKind.Relative), body, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Accepted, pushed.StatusCode);
            while ((await client.ReceiveJsonAsync()).GetProperty("type").GetString() != "notification") { }
        }

        string text = await platform.Edge.Http.GetStringAsync(Metrics, TestContext.Current.CancellationToken);
        string[] lines = text.Split('\n');
        Assert.Equal("", lines[^1]);
        Assert.All(lines[..^1], line => Assert.Matches(Line(), line));
        Assert.Equal(lines.Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal)).Distinct().Count(), lines.Count(line => line.StartsWith("# TYPE", StringComparison.Ordinal)));
        foreach (string name in (string[])["zelda", "umbrella", "secret", "hidden", "payload-xyz", platform.Edge.Id!.Value.Value]) Assert.DoesNotContain(name, text, StringComparison.Ordinal);
        Assert.Contains("notify_edge_connections{transport=\"websocket\"} 1", lines);
        Assert.Contains("notify_edge_connections{transport=\"sse\"} 1", lines);
        Assert.Contains("notify_edge_pushes_total{status=\"202\"} 3", lines);
        Assert.Contains("notify_edge_push_duration_seconds_count 3", lines);
        Assert.Contains("notify_edge_deliveries_total 6", lines);
        Assert.Contains("notify_edge_serving 1", lines);
        foreach (string name in (string[])["notify_edge_delivery_age_seconds_count", "notify_edge_batches_waiting", "dotnet_"])
            Assert.Contains(lines, line => line.StartsWith(name, StringComparison.Ordinal));
    }

    private static async Task<string> WithConnectionAsync(TestPlatform platform, Func<Task<string>> read)
    {
        await using var client = await RawSse.ConnectAsync(platform.Edge, $"access_token={Security.Tokens.TestTokens.Of("alice")}");
        return await read();
    }

    [GeneratedRegex("""^(# (HELP|TYPE) [a-zA-Z_][a-zA-Z0-9_]* .+|[a-zA-Z_][a-zA-Z0-9_]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\[\\n"])*",?)*\})? [-+0-9.eEInfNa]+)$""")]
    private static partial Regex Line();
}
