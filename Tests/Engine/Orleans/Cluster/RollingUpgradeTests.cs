using Notify.Tests.EndToEnd.Faults;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Engine.Orleans.Cluster;

/// <summary>
/// A cluster of an older commit is upgraded to this one, one process at a time, silos first, while clients listen and all edges push: each
/// step is a while of two versions side by side. NOTIFY_OLDER names a checkout of the older commit; without it there is nothing to run.
/// </summary>
[Collection(Heavy.Name)]
public sealed class RollingUpgradeTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Push_WhileAnOlderClusterIsUpgraded_LosesAndRepeatsNothing()
    {
        string? older = Environment.GetEnvironmentVariable("NOTIFY_OLDER");
        Assert.SkipWhen(older is null, "NOTIFY_OLDER does not name a checkout of an older commit.");
        await using var cluster = new LocalCluster(older!);
        await cluster.InitializeAsync();

        var size = ChaosSize.Read();
        var report = new ChaosReport(output);
        await using var run = new FaultRun(output, size.Layout);
        await using var fire = new ClusterUnderFire(cluster, run, size, report);
        await fire.BeginAsync();
        foreach (string part in LocalCluster.Silos.Concat(LocalCluster.Edges)) await fire.SufferAsync("upgrade", [part], fire.StopAsync, fire.StartAsync, TimeSpan.Zero);

        report.WriteSum();
        await run.EndAsync($"{size.Clients} clients, {size.PushesPerSecond} pushes/s, upgraded from {older}", fire.AnyEdge);
        foreach (string part in LocalCluster.Silos.Concat(LocalCluster.Edges)) output.WriteLine($"{part}'s log: {Complaints(cluster.LogOf(part))}");
    }

    // What the two versions had to say of each other, in short.
    private static string Complaints(string log) =>
        string.Join("; ", log.Split('\n').Where(line => line.Contains("warn: ", StringComparison.Ordinal) || line.Contains("fail: ", StringComparison.Ordinal))
            .Select(line => line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..].Split(']')[0] + "]").CountBy(kind => kind).Select(kind => $"{kind.Key} x {kind.Value}"));
}
