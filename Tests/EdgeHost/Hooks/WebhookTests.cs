using Microsoft.Extensions.Hosting;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Hooks;

/// <summary>Webhooks to a receiver on a real socket.</summary>
public sealed class WebhookTests
{
    [Fact]
    public async Task Events_AreCloudEventsSignedAndInOrder()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var platform = await StartAsync(receiver);
        var client = await RawWebSocket.ConnectAsync(platform.Edge, "userid=alice&company=acme&component=desk&clientId=tab");
        var connected = await receiver.Received.NextAsync("the event of the connection");
        await client.SendCloseAsync(1001);
        _ = await client.ReceiveCloseAsync();
        await client.DisposeAsync();
        var disconnected = await receiver.Received.NextAsync("the event of its end");

        Assert.True(connected.IsSigned && disconnected.IsSigned);
        Assert.Equal("application/cloudevents+json; charset=utf-8", connected.ContentType);
        Assert.Equal("1.0", connected.Event.GetProperty("specversion").GetString());
        Assert.Equal(connected.Id, connected.Event.GetProperty("id").GetString());
        Assert.Equal($"/notify/edges/{platform.Edge.Id}", connected.Event.GetProperty("source").GetString());
        Assert.Equal(client.ConnectionId, connected.Event.GetProperty("subject").GetString());
        Assert.InRange(connected.Event.GetProperty("time").GetDateTimeOffset(), TimeProvider.System.GetUtcNow().AddMinutes(-1), TimeProvider.System.GetUtcNow());
        Assert.Equal(("notify.connection.connected", "notify.connection.disconnected"), (connected.Type, disconnected.Type));
        Assert.Equal(
            (client.ConnectionId, "alice", "acme", "desk", "tab", "websocket"),
            (connected.Data.GetProperty("connectionId").GetString(), connected.Data.GetProperty("user").GetString(), connected.Data.GetProperty("company").GetString(),
                connected.Data.GetProperty("component").GetString(), connected.Data.GetProperty("clientId").GetString(), connected.Data.GetProperty("transport").GetString()));
        Assert.Equal((1001, "client"), (disconnected.Data.GetProperty("code").GetInt32(), disconnected.Data.GetProperty("endedBy").GetString()));
        Assert.False(connected.Data.TryGetProperty("attributes", out _));
    }

    [Fact]
    public async Task Receiver_ThatFails_IsTriedAgainWithTheSameIdAndWellSigned()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        int[] answers = [500, 429, 503, 204];
        int next = 0;
        receiver.Answer = _ => Task.FromResult(answers[Math.Min(next++, 3)]);
        await using var platform = await StartAsync(receiver);
        await using var client = await RawWebSocket.ConnectAsync(platform.Edge, "userid=retried");
        var attempts = new List<WebhookReceiver.Delivery>();
        for (int i = 0; i < 4; i++) attempts.Add(await receiver.Received.NextAsync($"attempt {i + 1}"));
        Assert.Single(attempts.Select(a => a.Id).Distinct());
        Assert.All(attempts, a => Assert.True(a.IsSigned));

        await client.DisposeAsync(); // taken: what comes next is another event
        Assert.Equal("notify.connection.disconnected", (await receiver.Received.NextAsync("the next event")).Type);
    }

    [Theory]
    [InlineData(400, "refused", 1)]
    [InlineData(410, "refused", 1)]
    [InlineData(302, "refused", 1)]
    [InlineData(500, "given_up", 3)]
    public async Task Receiver_ThatDoesNotTakeIt_IsLetAlone(int status, string cause, int count)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        int attempts = 0;
        receiver.Answer = _ => Task.FromResult(Interlocked.Increment(ref attempts) > 0 ? status : 0);
        await using var platform = await StartAsync(receiver, ("Webhooks:0:AttemptsLimitCount", "3"));
        using var dropped = new CountedMeasurements(platform.Edge.App.Services, "notify.edge.hook.dropped");
        await using var client = await RawWebSocket.ConnectAsync(platform.Edge, "userid=dropped");
        Assert.Equal($"cause={cause}", await dropped.Measured.NextAsync("the event to be dropped"));
        Assert.Equal(count, attempts);
    }

    [Fact]
    public async Task Receiver_ThatHangs_DelaysNobodyAndItsQueueIsBounded()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = async _ =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, receiver.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 500;
        };
        await using var platform = await StartAsync(receiver, ("WaitingLimitCount", "8"), ("Webhooks:0:ConcurrencyCount", "1"), ("DrainLimit", "00:00:00.2"));
        using var dropped = new CountedMeasurements(platform.Edge.App.Services, "notify.edge.hook.dropped");
        for (int i = 0; i < 30; i++)
        {
            await using var client = await RawWebSocket.ConnectAsync(platform.Edge, $"userid=hang{i}");
            _ = await platform.Edge.PushAsync($"/users/hang{i}", """{"data":1}""");
            Assert.Equal(1, (await client.ReceiveJsonAsync()).GetProperty("data").GetInt32());
        }

        // 30 connections are at least 59 events by now (the last end may be on its way): one is being sent, 8 wait.
        for (int i = 0; i < 59 - 1 - 8; i++) Assert.Equal("cause=full", await dropped.Measured.NextAsync("an event to be dropped"));
        Assert.Equal("hang0", (await receiver.Received.NextAsync("the first event")).Data.GetProperty("user").GetString());

        await platform.Edge.StopAsync().Within("the edge to stop in spite of it");
        await foreach (var (cause, isLast) in Rest(dropped)) if (isLast) Assert.Equal("cause=stopped", cause);
    }

    [Fact]
    public async Task Stop_TellsWhatWaits()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var platform = await StartAsync(receiver, ("DrainLimit", "00:00:20"));
        var clients = new List<RawWebSocket>();
        for (int i = 0; i < 10; i++) clients.Add(await RawWebSocket.ConnectAsync(platform.Edge, $"userid=u{i}"));
        for (int i = 0; i < 10; i++) _ = await receiver.Received.NextAsync("a connection's event");
        var stopping = platform.Edge.StopAsync();
        foreach (var client in clients)
        {
            Assert.Equal(CloseCodes.Draining, await client.ReceiveCloseAsync());
            await client.SendCloseAsync(CloseCodes.Draining);
        }

        await stopping.Within("the edge to stop");
        for (int i = 0; i < 10; i++)
        {
            var end = await receiver.Received.NextAsync("an end's event");
            Assert.Equal((4101, "server", "later"), (end.Data.GetProperty("code").GetInt32(), end.Data.GetProperty("endedBy").GetString(), end.Data.GetProperty("reconnect").GetString()));
        }

        foreach (var client in clients) await client.DisposeAsync();
    }

    [Theory]
    [InlineData("ftp://a/b", WebhookReceiver.Secret, "Address")]
    [InlineData("http://receiver.example/hook", WebhookReceiver.Secret, "https")] // outside Development
    [InlineData("https://receiver.example/hook", "secret", "secret")]
    [InlineData("https://receiver.example/hook", null, "Secrets")]
    public async Task Settings_ThatAreUnsafe_StopTheStart(string address, string? secret, string word)
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            var options = new TestPlatformOptions { Environment = Environments.Production, EdgeServices = SecureEnough };
            options.Settings["Notify:Hooks:Webhooks:0:Address"] = address;
            if (secret is not null) options.Settings["Notify:Hooks:Webhooks:0:Secrets:0"] = secret;
            await (await TestPlatform.StartAsync(options)).DisposeAsync();
        });
        Assert.Contains(word, failure.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    private static void SecureEnough(Microsoft.Extensions.DependencyInjection.IServiceCollection services)
    {
        QueryClaims.Add(services);
        Microsoft.Extensions.DependencyInjection.PolicyServiceCollectionExtensions.AddAuthorization(
            services, o => o.AddPolicy(Notify.EdgeHost.Security.NotifyPolicies.Publish, p => p.RequireAuthenticatedUser()));
    }

    private static async IAsyncEnumerable<(string Cause, bool IsLast)> Rest(CountedMeasurements measured)
    {
        await Task.Yield();
        while (measured.Measured.TryRead(out string? cause)) yield return (cause, !measured.Measured.TryPeek(out _));
    }

    private static Task<TestPlatform> StartAsync(WebhookReceiver receiver, params (string Key, string Value)[] settings)
    {
        var options = new TestPlatformOptions();
        options.Settings["Notify:Edge:ReconnectSpread"] = "00:00:00";
        options.Settings["Notify:Hooks:Webhooks:0:Address"] = receiver.Address.AbsoluteUri;
        options.Settings["Notify:Hooks:Webhooks:0:Secrets:0"] = WebhookReceiver.Secret;
        options.Settings["Notify:Hooks:Webhooks:0:RetryFirst"] = "00:00:00.01";
        options.Settings["Notify:Hooks:Webhooks:0:RetryMost"] = "00:00:00.05";
        foreach (var (key, value) in settings) options.Settings[$"Notify:Hooks:{key}"] = value;
        return TestPlatform.StartAsync(options);
    }
}
