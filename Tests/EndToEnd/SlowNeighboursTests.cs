using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd;

/// <summary>A thousand clients that read, beside a hundred that never do: what the first notice of the second.</summary>
[Collection(Heavy.Name)]
public sealed class SlowNeighboursTests(ITestOutputHelper output)
{
    private const int Healthy = 1_000;
    private const int Stuck = 100;
    private const int WarmUps = 15;
    private const int Rounds = 60;
    private const int OutboxLimitBytes = 64 * 1024;

    // The margin: of two such measurements without anybody stuck the one may well be half again as long as the other on a busy machine.
    private const double MarginFactor = 1.5;
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(10);

    private readonly List<RawWebSocket> _healthy = [];
    private readonly List<Task> _reading = [];
    private readonly List<IDisposable> _stuckSse = [];
    private readonly List<RawWebSocket> _stuckWebSockets = [];
    private readonly Channel<TimeSpan> _took = Channel.CreateUnbounded<TimeSpan>();
    private long _pushedAt;

    [Fact]
    public async Task Latency_OfAThousandThatRead_IsTheSameBesideAHundredThatDoNot()
    {
        await using var platform = await TestPlatform.StartAsync(new()
        {
            EdgeServices = services => services.Configure<SocketTransportOptions>(o => o.CreateBoundListenSocket = endpoint =>
            {
                var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
                socket.SendBufferSize = 16 * 1024; // little fills it
                return socket;
            }),
            Settings =
            {
                ["Notify:Connections:JoinTimeout"] = "00:01:00",
                ["Notify:Connections:OutboxLimitBytes"] = OutboxLimitBytes.ToString(CultureInfo.InvariantCulture),
                ["Notify:Connections:CatchUpTimeout"] = "00:00:08", // they shall be there during the whole measurement
                ["Notify:Connections:PingEvery"] = "00:00:08", ["Notify:Connections:PingTimeout"] = "00:00:07",
                ["Notify:Connections:CloseTimeout"] = "00:00:01",
            },
        });
        using var closes = new CountedMeasurements(platform.Edge.App.Services, "notify.edge.closes");
        using var drops = new CountedMeasurements(platform.Edge.App.Services, "notify.edge.ephemerals_dropped");
        for (int i = 0; i < Healthy; i++) _healthy.Add(await RawWebSocket.ConnectAsync(platform.Edge, $"userid=u{i}&company=acme"));
        foreach (var client in _healthy) _reading.Add(ReadAsync(client));
        _ = await MeasureAsync(platform, WarmUps);
        var before = await MeasureAsync(platform, Rounds);

        long heapBefore = GC.GetTotalMemory(forceFullCollection: true);
        await ConnectStuckAsync(platform.Edge);
        int filled = await FillAsync(platform.Edge, drops);
        long heapWith = GC.GetTotalMemory(forceFullCollection: true);
        var beside = await MeasureAsync(platform, Rounds);
        Assert.False(closes.Measured.TryRead(out string? early), $"a stuck client was closed ({early}) before the measurement had ended");

        var codes = new List<string>();
        while (codes.Count < Stuck) codes.Add(await closes.Measured.NextAsync($"the close of {Stuck} stuck clients, of which {codes.Count} are closed"));
        var after = await MeasureAsync(platform, Rounds);

        long allowed = Stuck * (OutboxLimitBytes + (192L * 1024)); // and Kestrel's own buffer
        output.WriteLine($"p50, p99 of {Healthy} without: {before}, beside {Stuck} stuck: {beside}, without again: {after}");
        output.WriteLine($"ephemerals dropped after {filled} pushes; heap grown by {(heapWith - heapBefore) >> 10:N0} KiB of {allowed >> 10:N0}; closed: "
            + string.Join(", ", codes.CountBy(code => code).Select(code => $"{code.Value} with {code.Key}")));
        Assert.InRange(heapWith - heapBefore, long.MinValue, allowed);
        var limit = (before.P99 > after.P99 ? before.P99 : after.P99) * MarginFactor + Margin;
        Assert.True(beside.P99 <= limit, $"p99 is {beside.P99.TotalMilliseconds:0.0} ms beside stuck clients; allowed {limit.TotalMilliseconds:0.0} ms");
        await LeaveAsync();
    }

    /// <summary>Half of them in the company, whose retained notifications they would have to take; the others only in a topic of ephemerals.</summary>
    private async Task ConnectStuckAsync(TestEdgeHost edge)
    {
        for (int i = 0; i < Stuck; i++)
        {
            string query = $"userid=s{i}&company={(i % 4 < 2 ? "acme" : "other")}&topics=fill";
            if (i % 2 == 0) _stuckWebSockets.Add(await RawWebSocket.ConnectAsync(edge, query, receiveBufferBytes: 4096));
            else _stuckSse.Add(await SlowSse.ConnectAsync(edge, "/sse?" + query));
        }
    }

    /// <summary>Pushes until each of them has lost something.</summary>
    private static async Task<int> FillAsync(TestEdgeHost edge, CountedMeasurements drops)
    {
        string body = $$"""{"retain":false,"data":"{{new string('x', 16_000)}}"}""";
        int pushes = 0;
        int dropped;
        do
        {
            _ = await edge.PushAsync("/topics/fill", body);
            pushes++;
            for (dropped = 0; drops.Measured.TryRead(out _);) dropped++;
            Assert.True(pushes < 1_000, $"After {pushes} pushes {dropped} of {Stuck} drop.");
        }
        while (dropped < Stuck);
        return pushes;
    }

    /// <summary>One notification after the other to all that read: from the push to when the client has it.</summary>
    private async Task<Latency> MeasureAsync(TestPlatform platform, int rounds)
    {
        var company = platform.Grains.GetGrain<ICompanyGrain>("acme");
        var took = new List<TimeSpan>(rounds * Healthy);
        for (int round = 0; round < rounds; round++)
        {
            _pushedAt = Stopwatch.GetTimestamp();
            _ = await company.Push(Notification.Json("tick", new string('x', 500)));
            for (int i = 0; i < Healthy; i++) took.Add(await _took.Reader.NextAsync($"notification {round} at the client that is number {i} to get it"));
        }

        took.Sort();
        return new(took[took.Count / 2], took[took.Count * 99 / 100]);
    }

    private async Task ReadAsync(RawWebSocket client)
    {
        while (true)
        {
            var (opcode, payload) = await client.ReadFrameAsync();
            if (opcode == WebSocketOpcode.Ping) await client.SendFrameAsync((byte)WebSocketOpcode.Pong, payload);
            else _took.Writer.TryWrite(Stopwatch.GetElapsedTime(_pushedAt));
        }
    }

    private async Task LeaveAsync()
    {
        foreach (var client in _healthy.Concat(_stuckWebSockets)) await client.DisposeAsync();
        foreach (var client in _stuckSse) client.Dispose();
        await Task.WhenAll(_reading).ContinueWith(_ => { }, TaskScheduler.Default).Within("the readers' end"); // each ends with its socket
    }

    private readonly record struct Latency(TimeSpan P50, TimeSpan P99)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{P50.TotalMilliseconds:0.0}/{P99.TotalMilliseconds:0.0} ms");
    }
}
