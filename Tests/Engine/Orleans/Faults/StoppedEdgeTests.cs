using System.Globalization;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Engine.Orleans.Faults;

/// <summary>What an edge whose process is stopped (SIGSTOP) costs the others: the latency at another edge, and the silo's memory.</summary>
[Collection(Heavy.Name)]
public sealed partial class StoppedEdgeTests(ITestOutputHelper output)
{
    private const int Rounds = 3;
    private const int Measured = 300;
    private const int Filling = 700;
    private const int FillingBytes = 48 << 10; // 33 MiB of pushes while the edge is stopped
    private const int MeasuredBytes = 512;
    private const long OutboxLimitBytes = 4 << 20;

    // A process that does nothing else differs by so much from one collection to the next.
    private const long SlackBytes = 14 << 20;

    private static readonly TimeSpan AddedLimit = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task Latency_BesideAStoppedEdge_IsLessThan20MsMore_AndTheSiloGrowsByItsOutboxAtMost()
    {
        await using var cluster = await ProcessCluster.StartAsync(new Dictionary<string, string?>
        {
            ["Notify:Leases:Lease"] = "00:10:00", // it stays in every roster all the time
            ["Notify:Log:Companies:CountLimit"] = "100", // what the log keeps in memory is there from the beginning
            ["DOTNET_gcServer"] = "0",
        });
        var (stopped, other) = (cluster.Edges[0], cluster.Edges[1]);
        await using var sleeper = await RawWebSocket.ConnectAsync(stopped.Address, "userid=s&company=acme");
        await using var listener = await RawWebSocket.ConnectAsync(other.Address, "userid=l&company=acme");
        using var http = new HttpClient { BaseAddress = other.Address };
        var sleeping = IgnoreAsync(sleeper);
        long memory = 0; // the same load with nobody stopped, for as many rounds
        for (int round = 0; round < 2 + Rounds; round++)
        {
            await FillAsync(http, listener);
            _ = await MeasureAsync(http, listener);
            memory = Math.Max(memory, ResidentBytes(cluster.Silo));
        }

        var added = new List<TimeSpan>();
        var grown = new List<long>();
        for (int round = 0; round < Rounds; round++)
        {
            var before = await MeasureAsync(http, listener);
            await stopped.Program.SignalAsync("STOP");
            await FillAsync(http, listener);
            var beside = await MeasureAsync(http, listener);
            grown.Add(ResidentBytes(cluster.Silo) - memory);
            added.Add(beside - before);
            await stopped.Program.SignalAsync("CONT");
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"p99 at the other edge: {before.TotalMilliseconds:0.0} ms, beside the stopped one {beside.TotalMilliseconds:0.0} ms; the silo {grown[^1] / 1048576.0:+0.0;-0.0} MiB"));
        }

        // What the stopped edge costs in time is there in every round; what the machine does meanwhile is not.
        Assert.InRange(added.Min(), TimeSpan.MinValue, AddedLimit);
        Assert.InRange(grown.Max(), long.MinValue, OutboxLimitBytes + SlackBytes);
        await sleeper.DisposeAsync();
        await sleeping;
    }

    private static async Task FillAsync(HttpClient http, RawWebSocket listener)
    {
        var reading = ReadAsync(listener, Filling);
        foreach (var some in Enumerable.Range(0, Filling).Chunk(8)) await Task.WhenAll(some.Select(_ => PushAsync(http, FillingBytes)));
        await reading.Within("all that was pushed", TimeSpan.FromMinutes(1));
    }

    /// <summary>The 99th percentile of the time from a push to its arrival.</summary>
    private static async Task<TimeSpan> MeasureAsync(HttpClient http, RawWebSocket listener)
    {
        var took = new List<TimeSpan>();
        for (int i = 0; i < Measured; i++)
        {
            long began = TimeProvider.System.GetTimestamp();
            var push = PushAsync(http, MeasuredBytes);
            await ReadAsync(listener, 1).Within("a notification");
            took.Add(TimeProvider.System.GetElapsedTime(began));
            await push;
        }

        took.Sort();
        return took[Measured * 99 / 100];
    }

    private static async Task PushAsync(HttpClient http, int bytes)
    {
        using var answer = await http.PostAsJsonAsync(new Uri("/api/push/companies/acme", UriKind.Relative), new { data = new string('x', bytes) });
        _ = answer.EnsureSuccessStatusCode();
    }

    private static async Task ReadAsync(RawWebSocket listener, int count)
    {
        while (count > 0)
        {
            if ((await listener.ReceiveJsonAsync()).GetProperty("type").GetString() == "notification") count--;
        }
    }

    private static async Task IgnoreAsync(RawWebSocket sleeper)
    {
        try
        {
            while (true) _ = await sleeper.ReceiveJsonAsync();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or TimeoutException)
        {
            // It sleeps, or the test is over.
        }
    }

    private static long ResidentBytes(RunningProgram program) => 1024 * long.Parse(
        ResidentLine().Match(File.ReadAllText($"/proc/{program.ProcessId}/status")).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"VmRSS:\s+(\d+) kB")]
    private static partial Regex ResidentLine();
}
