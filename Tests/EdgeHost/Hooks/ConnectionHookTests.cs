using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Notify.EdgeHost;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Hooks;

/// <summary>Hooks in code: told of every welcomed connection once, with the reason of its end.</summary>
public sealed class ConnectionHookTests
{
    private readonly Channel<(string User, ConnectionEnd? End)> _told = Channel.CreateUnbounded<(string, ConnectionEnd?)>();

    [Fact]
    public async Task Hook_IsToldWhyAConnectionEnded()
    {
        await using var platform = await StartAsync();
        var edge = platform.Edge;
        await using (var client = await RawWebSocket.ConnectAsync(edge, "userid=closes"))
        {
            Assert.Null((await NextOfAsync("closes")).End);
            await client.SendCloseAsync(1000);
            _ = await client.ReceiveCloseAsync();
        }

        Assert.Equal((1000, ConnectionEndedBy.Client), ReasonOf(await NextOfAsync("closes")));

        var reset = await RawWebSocket.ConnectAsync(edge, "userid=breaks");
        _ = await NextOfAsync("breaks");
        reset.Reset();
        Assert.Equal((1006, ConnectionEndedBy.Nobody), ReasonOf(await NextOfAsync("breaks")));

        await (await RawSse.ConnectAsync(edge, "userid=streams")).DisposeAsync();
        _ = await NextOfAsync("streams");
        Assert.Equal((1006, ConnectionEndedBy.Nobody), ReasonOf(await NextOfAsync("streams")));

        await using var older = await RawWebSocket.ConnectAsync(edge, "userid=twice&clientId=tab");
        _ = await NextOfAsync("twice");
        await using var newer = await RawWebSocket.ConnectAsync(edge, "userid=twice&clientId=tab");
        Assert.Equal(CloseCodes.Replaced, await older.ReceiveCloseAsync());
        await older.SendCloseAsync(CloseCodes.Replaced);
        var (first, second) = (await NextOfAsync("twice"), await NextOfAsync("twice"));
        Assert.Equal((CloseCodes.Replaced, ConnectionEndedBy.Server), ReasonOf(first.End is null ? second : first));

        await using var flooder = await RawWebSocket.ConnectAsync(edge, "userid=nonsense");
        _ = await NextOfAsync("nonsense");
        for (int i = 0; i < 33; i++) await flooder.SendTextAsync("nonsense");
        Assert.Equal((CloseCodes.BadRequest, ConnectionEndedBy.Server), ReasonOf(await NextOfAsync("nonsense")));

        await using var kicked = await RawWebSocket.ConnectAsync(edge, "userid=kicked");
        _ = await NextOfAsync("kicked");
        using var answer = await edge.Http.DeleteAsync(new Uri($"/api/connections/{kicked.ConnectionId}?reason=bye", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
        Assert.Equal(CloseCodes.ClosedByService, await kicked.ReceiveCloseAsync());
        await kicked.SendCloseAsync(CloseCodes.ClosedByService);
        Assert.Equal((CloseCodes.ClosedByService, ConnectionEndedBy.Server), ReasonOf(await NextOfAsync("kicked")));

        await using var drained = await RawWebSocket.ConnectAsync(edge, "userid=drained");
        _ = await NextOfAsync("drained");
        var stopping = edge.StopAsync();
        _ = await drained.ReceiveCloseAsync();
        await drained.SendCloseAsync(CloseCodes.Draining);
        await stopping.Within("the edge to stop");
        Assert.Equal((CloseCodes.Draining, ConnectionEndedBy.Server), ReasonOf(await NextOfAsync("drained")));
    }

    [Fact]
    public async Task Hook_IsToldOfASlowClient()
    {
        await using var platform = await StartAsync(
            ("Notify:Connections:OutboxLimitBytes", "262144"), ("Notify:Connections:CatchUpTimeout", "00:00:00"), ("Notify:Connections:CloseTimeout", "00:00:01"));
        await using var slow = await RawWebSocket.ConnectAsync(platform.Edge, "userid=slow", receiveBufferBytes: 4096);
        string body = $$"""{"data":"{{new string('x', 60_000)}}"}""";
        for (int i = 0; i < 200; i++) _ = await platform.Edge.PushAsync("/users/slow", body);
        _ = await NextOfAsync("slow");
        Assert.Equal((CloseCodes.Slow, ConnectionEndedBy.Server), ReasonOf(await NextOfAsync("slow")));
    }

    [Fact]
    public async Task Hook_MaySendToTheConnectionThatCame()
    {
        await using var platform = await TestPlatform.StartAsync(new()
        {
            EdgeServices = s => s.AddNotifyHooks(h => h.OnConnected(
                async (c, cancellationToken) => _ = await c.SendAsync(Notification.Json("hello", c.User), cancellationToken))),
        });
        await using var client = await RawWebSocket.ConnectAsync(platform.Edge, "userid=greeted");
        Assert.Equal("greeted", (await client.ReceiveJsonAsync()).GetProperty("data").GetString());
    }

    [Fact]
    public async Task Hook_ThatBlocksOrFails_DelaysNeitherConnectionsNorOtherHooks()
    {
        using var door = new ManualResetEventSlim();
        await using var platform = await TestPlatform.StartAsync(new()
        {
            Settings = { ["Notify:Hooks:CallTimeout"] = "00:00:01", ["Notify:Hooks:DrainLimit"] = "00:00:01" },
            EdgeServices = s => s.AddNotifyHooks(h => h
                .OnConnected((_, _) =>
                {
                    door.Wait(CancellationToken.None);
                    return Task.CompletedTask;
                })
                .OnConnected((_, _) => throw new InvalidOperationException("the hook's own"))
                .OnConnected((_, cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken))
                .OnConnected((c, _) => Tell(c, null))),
        });
        for (int i = 0; i < 20; i++)
        {
            await using var client = await RawWebSocket.ConnectAsync(platform.Edge, $"userid=u{i}");
            Assert.Equal($"u{i}", (await _told.Reader.NextAsync("the hook that works")).User);
        }

        door.Set();
    }

    private static (int Code, ConnectionEndedBy By) ReasonOf((string User, ConnectionEnd? End) told) => (told.End!.Code, told.End.By);

    private Task<(string User, ConnectionEnd? End)> NextOfAsync(string user) => _told.Reader.NextAsync(t => t.User == user, $"an event of {user}");

    private Task Tell(ClientConnection connection, ConnectionEnd? end)
    {
        _ = _told.Writer.TryWrite((connection.User, end));
        return Task.CompletedTask;
    }

    private async Task<TestPlatform> StartAsync(params (string Key, string Value)[] settings)
    {
        var options = new TestPlatformOptions { EdgeServices = s => s.AddNotifyHooks(h => h.Add<Hook>()).AddSingleton(this) };
        options.Settings["Notify:Edge:ReconnectSpread"] = "00:00:00";
        foreach (var (key, value) in settings) options.Settings[key] = value;
        return await TestPlatform.StartAsync(options);
    }

    internal sealed class Hook(ConnectionHookTests test) : IConnectionHook
    {
        public Task ConnectedAsync(ClientConnection connection, CancellationToken cancellationToken) => test.Tell(connection, null);

        public Task DisconnectedAsync(ClientConnection connection, ConnectionEnd end, CancellationToken cancellationToken) => test.Tell(connection, end);
    }
}
