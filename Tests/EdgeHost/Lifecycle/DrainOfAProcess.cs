using System.Diagnostics;
using System.Net;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Lifecycle;

/// <summary>What a process with an edge does when it is told to stop (SIGTERM): the same for Standalone and for an edge by itself.</summary>
internal static class DrainOfAProcess
{
    private const int Clients = 60;
    private static readonly TimeSpan Spread = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan RestOfTheProcess = TimeSpan.FromSeconds(5); // the server and the engine, on a busy machine

    /// <summary>The settings that it is run with.</summary>
    public static IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
        ["DOTNET_ENVIRONMENT"] = "Development",
        ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
        ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information",
        ["Notify__Edge__ReconnectSpread"] = $"{Spread}",
        ["Notify__Edge__DrainLimit"] = $"{DrainLimit}",
        ["Notify__Connections__CloseTimeout"] = $"{CloseTimeout}",
    };

    /// <summary>Connects clients, stops the process and checks what all sides see; how long it took to end.</summary>
    public static async Task<TimeSpan> RunAsync(RunningProgram program, Uri edge)
    {
        await using var mute = await RawWebSocket.ConnectAsync(edge, "userid=mute"); // answers no close: the edge is there for CloseTimeout
        var webSockets = new List<RawWebSocket>();
        var events = new List<RawSse>();
        for (int i = 0; i < Clients / 2; i++) webSockets.Add(await RawWebSocket.ConnectAsync(edge, $"userid=w{i}"));
        for (int i = 0; i < Clients / 2; i++) events.Add(await RawSse.ConnectAsync(edge, $"userid=s{i}"));
        string cursor = events[0].LastEventId;

        long start = Stopwatch.GetTimestamp();
        await program.TerminateAsync();
        Assert.Equal("reconnect", (await mute.ReceiveJsonAsync()).GetProperty("type").GetString());
        await NobodyComesInAsync(edge, cursor);

        var delays = new List<TimeSpan>();
        foreach (var client in webSockets) delays.Add(await LeaveAsync(client));
        foreach (var client in events) delays.Add(await LeaveAsync(client));
        Assert.All(delays, delay => Assert.InRange(delay, TimeSpan.Zero, Spread));
        Assert.True(delays.Max() - delays.Min() > Spread / 2, $"{Clients} clients come back within {delays.Max() - delays.Min()}");

        Assert.Equal(0, await program.WaitForExitAsync(DrainLimit + RestOfTheProcess));
        var took = Stopwatch.GetElapsedTime(start);
        TestContext.Current.TestOutputHelper?.WriteLine($"ended {took.TotalSeconds:0.0} s after SIGTERM; clients told to come back after {delays.Min()} to {delays.Max()}");
        foreach (var client in webSockets) await client.DisposeAsync();
        foreach (var client in events) await client.DisposeAsync();
        return took;
    }

    private static async Task<TimeSpan> LeaveAsync(RawWebSocket client)
    {
        var hint = await client.ReceiveJsonAsync();
        Assert.Equal("reconnect", hint.GetProperty("type").GetString());
        Assert.Equal(CloseCodes.Draining, await client.ReceiveCloseAsync());
        await client.SendCloseAsync(CloseCodes.Draining);
        return TimeSpan.FromMilliseconds(hint.GetProperty("afterMs").GetInt32());
    }

    private static async Task<TimeSpan> LeaveAsync(RawSse client)
    {
        Assert.Equal("reconnect", (await client.ReceiveAsync()).EventType);
        var retry = client.Retry;
        Assert.Equal("close", (await client.ReceiveAsync()).EventType);
        return retry;
    }

    /// <summary>Load balancers are told, who comes is told when to try again, and an EventSource that would give up for good is sent away.</summary>
    private static async Task NobodyComesInAsync(Uri edge, string cursor)
    {
        using var http = new HttpClient();
        var token = TestContext.Current.CancellationToken;
        using var ready = await http.GetAsync(new Uri(edge, "/health/ready"), token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        using var live = await http.GetAsync(new Uri(edge, "/health/live"), token);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        var refusal = await Assert.ThrowsAsync<IOException>(() => RawWebSocket.OpenAsync(edge, "userid=late"));
        Assert.StartsWith("HTTP/1.1 503 ", refusal.Message, StringComparison.Ordinal);
        using var refused = await http.GetAsync(new Uri(edge, "/sse?userid=late"), token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(edge, "/sse?userid=s0"));
        request.Headers.Add("Last-Event-ID", cursor);
        using var sentAway = await http.SendAsync(request, token);
        Assert.Equal(HttpStatusCode.OK, sentAway.StatusCode);
        Assert.Contains("retry:", await sentAway.Content.ReadAsStringAsync(token), StringComparison.Ordinal);
    }
}
