using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Notify.Protocol;
using Notify.Tests.Platform;
using Notify.Tests.Time;
using Xunit;

namespace Notify.Tests.EdgeHost.Transports;

/// <summary>Over SSE no ping is answered: who reads nothing is cut by the edge's rule, who reads slowly or has nothing to read by nobody's.</summary>
public class SlowSseTests
{
    private static readonly string Large = $$"""{"retain":false,"data":"{{new string('x', 30_000)}}"}""";

    [Fact]
    public async Task Stream_ThatIsReadTooSlowlyForTheServersRate_IsNotCut()
    {
        var control = new Control();
        await using var platform = await TestPlatform.StartAsync(new()
        {
            EdgeClock = new ManualTimeProvider(), // so that no rule of the edge's own is at work
            Settings = { ["Notify:Connections:OutboxLimitBytes"] = "1048576" },
            EdgeServices = services => Small(services)
                .Configure<KestrelServerOptions>(o => o.Limits.MinResponseDataRate = new(bytesPerSecond: 100_000_000, gracePeriod: TimeSpan.FromSeconds(1.1)))
                .AddSingleton<IStartupFilter>(control),
        });
        using var slow = await SlowSse.ConnectAsync(platform.Edge, "/sse?userid=slow");
        await using var socket = await RawWebSocket.ConnectAsync(platform.Edge, "userid=slow", receiveBufferBytes: 4096);
        using var idle = await SlowSse.ConnectAsync(platform.Edge, "/sse?userid=idle");
        for (int i = 0; i < 30; i++) _ = await platform.Edge.PushAsync("/users/slow", Large);
        using var controlled = await SlowSse.ConnectAsync(platform.Edge, "/control", until: "200 OK");

        await control.Ended.Task.Within("the server to cut off a client of another address that reads as slowly");
        _ = await platform.Edge.PushAsync("/users/slow", """{"data":"still here"}""");
        _ = await platform.Edge.PushAsync("/users/idle", """{"data":"still here"}""");
        Assert.True(await idle.ReadUntilAsync("still here"));
        Assert.True(await slow.ReadUntilAsync("still here"));
        string text;
        do text = (await socket.ReceiveJsonAsync()).GetProperty("data").GetString()!;
        while (text != "still here");
    }

    [Fact]
    public async Task Client_ThatTakesNothingFromOnePingToTheNext_IsCutAndCounted()
    {
        var clock = new ManualTimeProvider();
        await using var platform = await TestPlatform.StartAsync(new()
        {
            EdgeClock = clock,
            EdgeServices = services => Small(services),
            Settings =
            {
                ["Notify:Edge:Linger"] = "00:00:00", ["Notify:Connections:OutboxLimitBytes"] = "262144",
                ["Notify:Connections:PingEvery"] = "00:00:04", ["Notify:Connections:PingTimeout"] = "00:00:02",
            },
        });
        using var closes = new CountedMeasurements(platform.Edge.App.Services, "notify.edge.closes");
        using var drops = new CountedMeasurements(platform.Edge.App.Services, "notify.edge.ephemerals_dropped");
        using var stuck = await SlowSse.ConnectAsync(platform.Edge, "/sse?userid=stuck");
        using var idle = await SlowSse.ConnectAsync(platform.Edge, "/sse?userid=idle");
        using var slow = await SlowSse.ConnectAsync(platform.Edge, "/sse?userid=slow");
        while (!drops.Measured.TryRead(out _)) _ = await platform.Edge.PushAsync("/users/stuck", Large);
        for (int i = 0; i < 12; i++) _ = await platform.Edge.PushAsync("/users/slow", Large);

        // A second at a time; the slow one takes 60 KB of what waits in each, the stuck one nothing.
        await Polling.Until(
            async () =>
            {
                for (int i = 0; i < 2; i++) _ = await platform.Edge.PushAsync("/users/slow", Large);
                for (int taken = 0; taken < 60_000;) taken += await slow.ReadAsync(4096);
                clock.Advance(TimeSpan.FromSeconds(1));
                return await platform.RosterCountAsync(new UserId("", "stuck").Channel) == 0;
            },
            "the stuck client to leave its roster");
        Assert.Equal($"code={CloseCodes.Slow}", await closes.Measured.NextAsync("a close that is counted"));
        Assert.Equal(1, await platform.RosterCountAsync(new UserId("", "idle").Channel));
        Assert.Equal(1, await platform.RosterCountAsync(new UserId("", "slow").Channel));
        Assert.False(closes.Measured.TryRead(out _));
    }

    /// <summary>Small buffers of the kernel, so that little fills them.</summary>
    private static IServiceCollection Small(IServiceCollection services) =>
        services.Configure<SocketTransportOptions>(o => o.CreateBoundListenSocket = endpoint =>
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.SendBufferSize = 16 * 1024;
            return socket;
        });

    /// <summary>An address that is not the edge's, where the server's rate counts.</summary>
    private sealed class Control : IStartupFilter
    {
        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            _ = app.Map("/control", branch => branch.Run(async context =>
            {
                using var registration = context.RequestAborted.Register(() => Ended.TrySetResult());
                await context.Response.StartAsync();
                while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(new byte[30_000]);
            }));
            next(app);
        };
    }
}
