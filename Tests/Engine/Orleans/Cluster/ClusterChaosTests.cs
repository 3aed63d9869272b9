using Notify.Tests.EndToEnd.Faults;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Engine.Orleans.Cluster;

/// <summary>
/// Everything that can die in a cluster dies, one after the other and two at once, while 200 clients listen and 50 pushes a second come.
/// NOTIFY_LONG=1: 3,000 clients, 300 pushes a second, longer pauses, twice, and a restart of everything (<see cref="ChaosSize"/>).
/// </summary>
[Collection(Heavy.Name)]
public sealed class ClusterChaosTests(LocalCluster cluster, ITestOutputHelper output) : IClassFixture<LocalCluster>
{
    private const string SiloKill = "kill -9 of a silo";
    private const string EdgeKill = "kill -9 of an edge";

    // Of memberships, from the last delivery before to the first after; at a push to each channel every 0.3 to 0.8 seconds.
    private static readonly TimeSpan SiloKillLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan EdgeKillLimit = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Push_WhileAnyPartDiesOrStops_LosesAndRepeatsNothing()
    {
        var size = ChaosSize.Read();
        var report = new ChaosReport(output);
        await using var run = new FaultRun(output, size.Layout);
        await using var fire = new ClusterUnderFire(cluster, run, size, report);
        await fire.BeginAsync();
        for (int round = 0; round < size.Rounds; round++)
        {
            await fire.SufferAsync(SiloKill, [Silo(run)], fire.KillAsync, fire.StartAsync, size.Meanwhile);
            await fire.SufferAsync(EdgeKill, [Edge(run)], fire.KillAsync, fire.StartAsync, size.Meanwhile);
            await fire.SufferAsync("kill -9 of a silo and an edge", [Silo(run), Edge(run)], fire.KillAsync, fire.StartAsync, size.Meanwhile);
            await fire.SufferAsync("kill -9 of two edges", [.. LocalCluster.Edges.Except([Edge(run)])], fire.KillAsync, fire.StartAsync, size.Meanwhile);
            await fire.SufferAsync("a silo comes and goes", [LocalCluster.LateSilo], fire.StartAsync, fire.StopAsync, size.Meanwhile);
            await fire.SufferAsync("SIGSTOP of a silo", [Silo(run)], fire.PauseAsync, fire.WakeAsync, size.Meanwhile);
            await fire.SufferAsync("SIGSTOP of an edge", [Edge(run)], fire.PauseAsync, fire.WakeAsync, size.EdgeStop);
            await fire.SufferAsync("crash of PostgreSQL", ["postgres"], fire.KillAsync, fire.StartAsync, TimeSpan.Zero);
            await fire.SufferAsync("kill -9 of all silos", [.. LocalCluster.Silos], fire.KillAsync, fire.StartAsync, TimeSpan.Zero);
            if (!size.IsLong) continue;
            foreach (string part in LocalCluster.Silos.Concat(LocalCluster.Edges))
                await fire.SufferAsync("restart in order", [part], fire.StopAsync, fire.StartAsync, size.Meanwhile);
        }

        report.WriteSum();
        var (suspected, silos) = await fire.Members.FalselySuspectedAsync();
        output.WriteLine($"{suspected.Count} of {silos} silos were suspected though they ran{string.Concat(suspected.Select(one => $"\n  {one}"))}");
        await run.EndAsync($"{size.Clients} clients, {size.PushesPerSecond} pushes/s", fire.AnyEdge);
        Assert.InRange(report.MedianOf(SiloKill), TimeSpan.Zero, SiloKillLimit);
        Assert.InRange(report.MedianOf(EdgeKill), TimeSpan.Zero, EdgeKillLimit);
    }

    private static string Silo(FaultRun run) => LocalCluster.Silos[run.Random.Next(LocalCluster.Silos.Count)];

    private static string Edge(FaultRun run) => LocalCluster.Edges[run.Random.Next(LocalCluster.Edges.Count)];
}
