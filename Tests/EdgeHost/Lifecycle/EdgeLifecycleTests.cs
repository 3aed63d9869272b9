using System.Net;
using Notify.Protocol;
using Notify.Tests.Platform;
using Notify.Tests.Time;
using Xunit;

namespace Notify.Tests.EdgeHost.Lifecycle;

public sealed class EdgeLifecycleTests
{
    [Fact]
    public async Task Stop_TellsClientsToComeBackLaterAndLeavesNoTrace()
    {
        await using var platform = await TestPlatform.StartAsync(new() { EdgeCount = 2, Settings = { ["Notify:Edge:ReconnectSpread"] = "00:00:07" } });
        var stopping = platform.Edges[1];
        var id = stopping.Id!.Value;
        await using var webSocket = await RawWebSocket.ConnectAsync(stopping, "userid=drained");
        await using var sse = await RawSse.ConnectAsync(stopping, "userid=drained");
        var stop = stopping.StopAsync();

        var reconnect = await webSocket.ReceiveJsonAsync();
        Assert.Equal("reconnect", reconnect.GetProperty("type").GetString());
        Assert.InRange(reconnect.GetProperty("afterMs").GetInt32(), 0, 7000);
        Assert.Equal(CloseCodes.Draining, await webSocket.ReceiveCloseAsync());
        await webSocket.SendCloseAsync(CloseCodes.Draining);
        var item = await sse.ReceiveAsync();
        Assert.Equal("reconnect", item.EventType);
        Assert.InRange(sse.Retry.TotalMilliseconds, 0, 7000);
        Assert.Equal("close", (await sse.ReceiveAsync()).EventType);

        await stop.Within("the edge to stop");
        Assert.Equal(0, await platform.RosterCountAsync(new UserId("", "drained").Channel));
        var edges = await platform.Grains.GetGrain<IEdgeDirectoryGrain>(IEdgeDirectoryGrain.Key).GetEdges();
        Assert.DoesNotContain(id, edges.Alive);
        Assert.Contains(id, edges.Gone);
    }

    [Fact]
    public async Task Stop_WithAClientThatDoesNotAnswer_EndsAllTheSame()
    {
        await using var platform = await TestPlatform.StartAsync(new()
        {
            Settings = { ["Notify:Edge:DrainLimit"] = "00:00:02", ["Notify:Connections:CloseTimeout"] = "00:00:01" },
        });
        await using var silent = await RawWebSocket.ConnectAsync(platform.Edge, "userid=silent");
        await platform.Edge.StopAsync().Within("the edge to stop");
        await silent.WaitForEndAsync();
    }

    [Fact]
    public async Task Sleep_PastTheLease_ClosesWithReconnectNowAndServesUnderANewId()
    {
        var clock = new SleeperClock();
        await using var platform = await TestPlatform.StartAsync(new() { EdgeClock = clock });
        var before = platform.Edge.Id;
        await using var client = await RawWebSocket.ConnectAsync(platform.Edge, "userid=sleeper");
        clock.Sleep(TimeSpan.FromMinutes(1)); // its own clock says that the lease is over
        Assert.Equal(CloseCodes.LeaseLost, await client.ReceiveCloseAsync());
        await client.SendCloseAsync(CloseCodes.LeaseLost);
        await Polling.Until(() => Task.FromResult(platform.Edge.Id is { } id && id != before), "an edge under a new id");
        await using var again = await RawWebSocket.ConnectAsync(platform.Edge, "userid=sleeper");
        _ = await platform.Edge.PushAsync("/users/sleeper", """{"data":1}""");
        Assert.Equal(1, (await again.ReceiveJsonAsync()).GetProperty("data").GetInt32());
    }

    [Fact]
    public async Task Lease_ThatWasReleasedByOthers_IsLost()
    {
        await using var platform = await TestPlatform.StartAsync();
        var before = platform.Edge.Id!.Value;
        await using var client = await RawWebSocket.ConnectAsync(platform.Edge, "userid=refused");
        await platform.Grains.GetGrain<IEdgeDirectoryGrain>(IEdgeDirectoryGrain.Key).Release(before);
        Assert.Equal(CloseCodes.LeaseLost, await client.ReceiveCloseAsync());
        await Polling.Until(() => Task.FromResult(platform.Edge.Id is { } id && id != before), "an edge under a new id");
    }

    [Fact]
    public async Task Client_ThatAnswersNoPing_IsClosed()
    {
        var clock = new ManualTimeProvider();
        await using var platform = await TestPlatform.StartAsync(new()
        {
            EdgeClock = clock,
            Settings = { ["Notify:Edge:Linger"] = "00:00:00", ["Notify:Connections:PingEvery"] = "00:00:04", ["Notify:Connections:PingTimeout"] = "00:00:02" },
        });
        await using var halfOpen = await RawWebSocket.ConnectAsync(platform.Edge, "userid=silent");
        await using var alive = await RawWebSocket.ConnectAsync(platform.Edge, "userid=alive");
        halfOpen.AnswersPings = false;
        using var driving = new CancellationTokenSource();
        var pings = AnswerAsync(alive, driving.Token);
        await Drive(clock, async () => await platform.RosterCountAsync(new UserId("", "silent").Channel) == 0, "the silent client to leave its roster");
        Assert.Equal(1, await platform.RosterCountAsync(new UserId("", "alive").Channel));
        await driving.CancelAsync();
        Assert.True(await pings > 0);
    }

    [Fact]
    public async Task Health_SaysWhetherTheEdgeServes()
    {
        var clock = new ManualTimeProvider();
        await using var platform = await TestPlatform.StartAsync(new() { EdgeClock = clock, Settings = { ["Notify:Edge:CallTimeout"] = "00:00:01" } });
        var token = TestContext.Current.CancellationToken;
        Assert.Equal("live", await platform.Edge.Http.GetStringAsync(new Uri("/health/live", UriKind.Relative), token));
        using var ready = await platform.Edge.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), token);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Equal(
            """{"status":"ready","checks":[{"name":"draining","ok":true},{"name":"lease","ok":true},{"name":"silos","ok":true},{"name":"stream","ok":true}]}""",
            await ready.Content.ReadAsStringAsync(token));

        await platform.Silo.Host.StopAsync(token);
        await Drive(clock, async () => (await FaultOfAsync("silos")) is not null, "the silos' check to fail"); // sooner than the lease ends
        Assert.Equal("No silo answers.", await FaultOfAsync("silos"));
        using var notReady = await platform.Edge.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, notReady.StatusCode);
        await Drive(clock, async () => (await FaultOfAsync("lease")) is not null, "the lease's check to fail");
        using var live = await platform.Edge.Http.GetAsync(new Uri("/health/live", UriKind.Relative), token);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);

        async Task<string?> FaultOfAsync(string name)
        {
            using var answer = await platform.Edge.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), token);
            using var json = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync(token));
            var check = json.RootElement.GetProperty("checks").EnumerateArray().Single(c => c.GetProperty("name").GetString() == name);
            return check.TryGetProperty("fault", out var fault) ? fault.GetString() : null;
        }
    }

    /// <summary>The real clock, but for a leap: what a process sees that was stopped for a while.</summary>
    private sealed class SleeperClock : TimeProvider
    {
        private long _slept;

        public void Sleep(TimeSpan time) => Interlocked.Add(ref _slept, time.Ticks);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => System.GetElapsedTime(0).Ticks + Volatile.Read(ref _slept);
    }

    /// <summary>Lets the edge's seconds pass, one when the one before has been worked on, until something is so.</summary>
    private static Task Drive(ManualTimeProvider clock, Func<Task<bool>> condition, string what) => Polling.Until(async () =>
    {
        clock.Advance(TimeSpan.FromSeconds(1));
        return await condition();
    }, what);

    private static async Task<int> AnswerAsync(RawWebSocket client, CancellationToken until)
    {
        int pings = 0;
        while (!until.IsCancellationRequested)
        {
            var frame = client.ReadFrameAsync();
            if (await Task.WhenAny(frame, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, until)) != frame) break;
            var (opcode, payload) = await frame;
            if (opcode != WebSocketOpcode.Ping) continue;
            pings++;
            await client.SendFrameAsync((byte)WebSocketOpcode.Pong, payload);
        }

        return pings;
    }
}
