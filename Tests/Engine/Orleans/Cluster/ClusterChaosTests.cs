using System.Globalization;
using Notify.Tests.EndToEnd.Faults;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Engine.Orleans.Cluster;

/// <summary>
/// Everything that can die in a cluster dies, one after the other, while 200 clients listen and 50 pushes a second come. NOTIFY_LONG=1: longer
/// pauses, a restart of everything, and all of it again in another order.
/// </summary>
[Collection(Heavy.Name)]
public sealed class ClusterChaosTests(LocalCluster cluster, ITestOutputHelper output) : IClassFixture<LocalCluster>
{
    private const int Clients = 200;
    private const int PushesPerSecond = 50;
    private const int Pushers = 16;

    // Pushes that a fault goes on for, and that must be acknowledged after it: seconds of time at the pace above.
    private static readonly int Meanwhile = TestSeed.Rounds(2 * PushesPerSecond, inTheLongRun: 15 * PushesPerSecond);

    // A channel gets a push every 0.3 seconds: whoever hears nothing of it for longer than this was affected.
    private static readonly TimeSpan Affected = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Push_WhileAnyPartDiesOrStops_LosesAndRepeatsNothing()
    {
        await using var run = new FaultRun(output);
        var balancers = new Dictionary<string, TcpForwarder>();
        try
        {
            foreach (string edge in LocalCluster.Edges) balancers[edge] = TcpForwarder.Start(cluster.AddressOf(edge));
            Uri[] addresses = [.. balancers.Values.Select(balancer => balancer.Address)];
            await run.ConnectAsync(Clients, addresses);
            run.Push(Pushers, TimeSpan.FromSeconds((double)Pushers / PushesPerSecond), addresses);
            await run.AcknowledgedAsync(Meanwhile);

            foreach (int round in Enumerable.Range(0, TestSeed.Rounds(1, inTheLongRun: 3)))
            {
                string silo = Pick(run, LocalCluster.Silos), edge = Pick(run, LocalCluster.Edges);
                string paused = Pick(run, LocalCluster.Silos), slept = Pick(run, LocalCluster.Edges);
                await MeasureAsync(run, $"kill -9 {silo}", () => cluster.RunAsync("kill", silo), () => cluster.RunAsync("start", silo));
                await MeasureAsync(run, $"kill -9 {edge}", () => KillAsync(edge), () => StartAsync(edge));
                await MeasureAsync(run, $"SIGSTOP {paused}", () => cluster.RunAsync("pause", paused), () => WakeAsync(paused));
                await MeasureAsync(run, $"SIGSTOP {slept}", () => cluster.RunAsync("pause", slept), () => cluster.RunAsync("resume", slept));
                await MeasureAsync(run, "restart of PostgreSQL", () => cluster.RunAsync("kill", "postgres"), () => cluster.RunAsync("start", "postgres"), isOut: true);
                if (TestSeed.Rounds(0, inTheLongRun: 1) == 0) continue;
                foreach (string name in LocalCluster.Silos.Concat(LocalCluster.Edges))
                    await MeasureAsync(run, $"restart of {name}", () => StopAsync(name), () => StartAsync(name));
            }

            await run.EndAsync($"{Clients} clients, {PushesPerSecond} pushes/s", addresses[0]);
        }
        finally
        {
            foreach (var balancer in balancers.Values) await balancer.DisposeAsync();
        }

        async Task KillAsync(string edge)
        {
            balancers[edge].Target = OtherThan(edge);
            _ = await cluster.RunAsync("kill", edge);
        }

        // One that was found dead meanwhile ends itself as soon as it hears of it; one that was not goes on. Either way it comes back.
        async Task WakeAsync(string silo)
        {
            _ = await cluster.RunAsync("resume", silo);
            _ = await cluster.RunAsync("restart", silo);
        }

        async Task StopAsync(string name)
        {
            if (balancers.TryGetValue(name, out var balancer)) balancer.Target = OtherThan(name);
            _ = await cluster.RunAsync("stop", name);
        }

        async Task StartAsync(string name)
        {
            _ = await cluster.RunAsync("start", name);
            if (balancers.TryGetValue(name, out var balancer)) balancer.Target = cluster.AddressOf(name);
        }
    }

    private Uri OtherThan(string edge) => cluster.AddressOf(LocalCluster.Edges[(LocalCluster.Edges.ToList().IndexOf(edge) + 1) % LocalCluster.Edges.Count]);

    private static string Pick(FaultRun run, IReadOnlyList<string> names) => names[run.Random.Next(names.Count)];

    // isOut: nothing is acknowledged while the fault goes on.
    private async Task MeasureAsync(FaultRun run, string fault, Func<Task> begin, Func<Task> end, bool isOut = false)
    {
        long began = TimeProvider.System.GetTimestamp();
        await begin();
        if (!isOut) await run.AcknowledgedAsync(Meanwhile);
        long ending = TimeProvider.System.GetTimestamp();
        await end();
        double endSeconds = TimeProvider.System.GetElapsedTime(ending).TotalSeconds;
        await run.AcknowledgedAsync(Meanwhile);
        var silences = run.Clients.SelectMany(client => client.Page.Silences(began, TimeProvider.System.GetTimestamp())).Order().ToList();
        var affected = silences.Where(silence => silence > Affected).ToList();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{fault}: {affected.Count} of {silences.Count} memberships heard nothing for more than {Affected.TotalSeconds} s, median of these {Median(affected).TotalSeconds:0.0} s, longest {silences[^1].TotalSeconds:0.0} s; mended in {endSeconds:0.0} s"));
    }

    private static TimeSpan Median(List<TimeSpan> times) => times.Count == 0 ? TimeSpan.Zero : times[times.Count / 2];
}
