using System.Globalization;
using Notify.Protocol;
using Notify.Tests.EndToEnd.Faults;
using Notify.Tests.Engine.Orleans.Cluster;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Engine.Orleans.Faults;

/// <summary>
/// Two silos and three edges; the ways of one edge to both gateways are reset, then swallow everything, for 5 seconds each (70 with NOTIFY_LONG=1:
/// longer than its lease), while all three edges push.
/// </summary>
[Collection(Heavy.Name)]
public sealed class ClusterGatewayCutTests(ITestOutputHelper output)
{
    private const int Clients = 60;
    private const int Pushers = 12;

    // What the machine does meanwhile is not there in each of them; what a cut costs is.
    private const int MostCuts = 3;

    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(240);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AddedLimit = TimeSpan.FromMilliseconds(5);

    [Fact]
    public async Task Push_WhileOneOfThreeEdgesIsCutOffFromBothSilos_LosesNothingAndTheOthersNoticeNothing()
    {
        var time = TimeSpan.FromSeconds(TestSeed.Rounds(5, inTheLongRun: 70));
        await using var cluster = new LocalCluster(hasRelays: true);
        await cluster.InitializeAsync();
        await using var run = new FaultRun(output, new(8, 2, 4) { IsSpread = true });
        TcpForwarder[] balancers = [.. LocalCluster.Edges.Select(edge => TcpForwarder.Start(cluster.AddressOf(edge)))];
        try
        {
            int process = cluster.ProcessIdOf(LocalCluster.Edges[0]);
            foreach (var relay in cluster.Relays) relay.Hits = port => Sockets.Has(process, port);
            await run.ConnectAsync(Clients, Clients, balancers);
            run.Push(Pushers, Every, balancers);
            await using var neighbours = await Neighbours.ConnectAsync([.. LocalCluster.Edges.Skip(1).Select(cluster.AddressOf)]);
            await run.AcknowledgedAsync(50);
            _ = await neighbours.MeasureAsync(Calm); // until all is compiled

            var byReset = await CutAsync("reset", time, cluster, run, balancers[0], neighbours, relay => relay.Refuse());
            var byStall = await CutAsync("stalled", time, cluster, run, balancers[0], neighbours, relay => relay.Stall());

            await run.EndAsync($"one of three edges cut off from both gateways for {time.TotalSeconds} s, twice", cluster.AddressOf(LocalCluster.Edges[1]));
            Assert.Equal(time > Lease, run.Clients.SelectMany(client => client.Closes).Contains(CloseCodes.LeaseLost));
            Assert.All(run.Clients.Where((_, i) => i % LocalCluster.Edges.Count != 0), client => Assert.Equal(1, client.Welcomes));
            Assert.InRange(byReset, TimeSpan.MinValue, AddedLimit);
            Assert.InRange(byStall, TimeSpan.MinValue, AddedLimit);
        }
        catch (Exception)
        {
            output.WriteLine($"{LocalCluster.Edges[0]}'s log:\n{cluster.LogOf(LocalCluster.Edges[0])}");
            throw;
        }
        finally
        {
            foreach (var balancer in balancers) await balancer.DisposeAsync();
        }
    }

    /// <summary>What it adds to the others' median: of their p99 the machine, which all share, has too large a part.</summary>
    private async Task<TimeSpan> CutAsync(
        string how, TimeSpan time, LocalCluster cluster, FaultRun run, TcpForwarder balancer, Neighbours neighbours, Action<TcpForwarder> cut)
    {
        LedgerClient[] its = [.. run.Clients.Where((_, i) => i % LocalCluster.Edges.Count == 0)];
        var added = TimeSpan.MaxValue;
        for (int i = 0; i < MostCuts && added > AddedLimit; i++)
        {
            var before = await neighbours.MeasureAsync(Calm);
            foreach (var relay in cluster.Relays) cut(relay);
            if (time > Lease) balancer.Target = cluster.AddressOf(LocalCluster.Edges[1]); // as a balancer that asks whether it is ready
            var meanwhile = await neighbours.MeasureAsync(time);
            long mended = TimeProvider.System.GetTimestamp();
            foreach (var relay in cluster.Relays) relay.Mend();
            int[] had = [.. its.Select(client => client.Page.Count)];
            await Polling.Until(() => Task.FromResult(!its.Where((client, n) => client.Page.Count == had[n]).Any()), "every client of the edge to hear something");
            var took = TimeProvider.System.GetElapsedTime(mended);
            var after = await neighbours.MeasureAsync(Calm);
            added = Median(meanwhile) - TimeSpan.FromTicks(Math.Max(Median(before).Ticks, Median(after).Ticks));
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{how} for {time.TotalSeconds} s: its clients heard again {took.TotalSeconds:0.0} s after; p50 and p99 between the other edges, ms: before {Text(before)}, meanwhile {Text(meanwhile)}, afterwards {Text(after)}"));
            if (time > Lease) await SendHomeAsync(its, balancer, cluster.AddressOf(LocalCluster.Edges[0]));
        }

        return added;
    }

    private static async Task SendHomeAsync(LedgerClient[] clients, TcpForwarder balancer, Uri home)
    {
        Task[] back = [.. clients.Select(client => client.NextWelcome)];
        balancer.Target = home;
        balancer.CutAll();
        foreach (var client in clients) client.Cut();
        await Task.WhenAll(back).Within("the clients of the edge to be back", RecoveryLimit);
    }

    private static TimeSpan Median(IReadOnlyList<TimeSpan> took) => took[took.Count / 2];

    private static TimeSpan P99(IReadOnlyList<TimeSpan> took) => took[took.Count * 99 / 100];

    private static string Text(IReadOnlyList<TimeSpan> took) =>
        string.Create(CultureInfo.InvariantCulture, $"{Median(took).TotalMilliseconds:0.0} and {P99(took).TotalMilliseconds:0.0} ({took.Count})");
}
