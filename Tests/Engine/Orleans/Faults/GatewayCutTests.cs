using Notify.Protocol;
using Notify.Tests.EndToEnd.Faults;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Engine.Orleans.Faults;

/// <summary>
/// The way of an edge's process to its silo's gateway goes through a forwarder, which resets or swallows everything for a while; the silo, the
/// other edge and all clients go on. For 5 seconds: the lease outlives it. For 70 (NOTIFY_LONG=1): longer than the lease and than Orleans keeps
/// a client that is gone (ClientDropTimeout, up to twice).
/// </summary>
[Collection(Heavy.Name)]
public sealed class GatewayCutTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Push_WhileAnEdgesGatewayIsCut_LosesAndRepeatsNothing(bool isStalled)
    {
        var cut = TimeSpan.FromSeconds(TestSeed.Rounds(5, inTheLongRun: 70));
        await using var run = new FaultRun(output, new(8, 2, 4) { IsSpread = true });
        await using var cluster = await ProcessCluster.StartAsync(new Dictionary<string, string?>(FaultRun.Retention), cutsFirstEdge: true);
        var (lonely, other) = (cluster.Edges[0], cluster.Edges[1]);
        await using var balancer = TcpForwarder.Start(lonely.Address);
        await run.ConnectAsync(24, lonely.Address, balancer.Address, other.Address);
        run.Push(16, other.Address);
        await run.AcknowledgedAsync(200);

        if (isStalled) cluster.FirstEdgesWay.Stall();
        else cluster.FirstEdgesWay.Refuse();
        if (cut > Lease) balancer.Target = other.Address;
        using (var time = new PeriodicTimer(cut)) _ = await time.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        long mended = TimeProvider.System.GetTimestamp();
        cluster.FirstEdgesWay.Mend();
        var atTheEdge = run.Clients.Where((_, i) => i % 3 == 0).ToList();
        var before = atTheEdge.Select(client => client.Page.Count).ToList();
        await Polling.Until(() => Task.FromResult(!atTheEdge.Where((client, i) => client.Page.Count == before[i]).Any()), "every client of the edge to hear something");
        var took = TimeProvider.System.GetElapsedTime(mended);
        await run.AcknowledgedAsync(200);

        await run.EndAsync($"gateway {(isStalled ? "stalled" : "reset")} for {cut.TotalSeconds} s, every client of the edge heard again {took.TotalSeconds:0.0} s after", other.Address);
        bool isLeaseLost = run.Clients.SelectMany(client => client.Closes).Contains(CloseCodes.LeaseLost);
        Assert.Equal(cut > Lease, isLeaseLost);
    }
}
