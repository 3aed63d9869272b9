using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Faults;

/// <summary>Clients' sockets are cut at random, at times all at once, and an edge stops, while pushers push.</summary>
[Collection(Heavy.Name)]
public sealed class CutTests(ITestOutputHelper output)
{
    private const int Clients = 16;

    [Fact]
    public async Task Push_WhileSocketsAreCutAndAnEdgeStops_LosesAndRepeatsNothing()
    {
        int rounds = TestSeed.Rounds(6, inTheLongRun: 100);
        await using var run = new FaultRun(output);
        await using var platform = await TestPlatform.StartAsync(new()
        {
            EdgeCount = 2,
            Settings = new(FaultRun.Retention) { ["Notify:Edge:ReconnectSpread"] = "00:00:00" },
        });
        await using var balancer = TcpForwarder.Start(platform.Edges[0].Address);
        await run.ConnectAsync(Clients, balancer.Address);
        var random = new Random(run.Seed);
        run.OnAcknowledged = count =>
        {
            if (count % 25 == 0) balancer.CutOne(random);
        };
        run.Push(16, platform.Edges[1].Address);
        for (int round = 1; round <= rounds; round++)
        {
            // All links are cut in the middle of what they carry, and the next ones go to the other edge.
            await run.AcknowledgedAsync(1 + run.Random.Next(600));
            balancer.Target = platform.Edges[round % 2].Address;
            balancer.CutAll();
        }

        await run.AcknowledgedAsync(300);
        balancer.Target = platform.Edges[1].Address;
        await platform.Edges[0].StopAsync();
        await run.AcknowledgedAsync(300);
        await run.EndAsync($"random cuts, {rounds} of all links, one edge stopped", platform.Edges[1].Address);
        Assert.True(run.Clients.Sum(client => client.Welcomes - 1) >= Clients);
    }
}
