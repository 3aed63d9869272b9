using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Notify.Protocol;
using Notify.Tests.EdgeHost.Delivery;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Faults;

/// <summary>
/// An edge sleeps past its lease and wakes up, while pushers push: its clock stands still, and nothing reaches it. (A process that is
/// stopped by a signal is the affair of the engine Orleans: PausedProcessTests.)
/// </summary>
[Collection(Heavy.Name)]
public sealed class PausedEdgeTests(ITestOutputHelper output)
{
    private static readonly ChannelId Company = new CompanyId("", "c0").Channel;

    [Fact]
    public async Task Push_WhileAnEdgeSleepsPastItsLease_LosesAndRepeatsNothing()
    {
        int rounds = TestSeed.Rounds(1, inTheLongRun: 10);
        await using var run = new FaultRun(output);
        await using var clock = new DrivenClock();
        var stream = new LossyStreams(run.Seed) { IsClean = true };
        int edges = 0;
        await using var platform = await TestPlatform.StartAsync(new()
        {
            EdgeCount = 2,
            Settings = new(FaultRun.Retention)
            {
                ["Notify:Leases:Lease"] = "00:00:03",
                ["Notify:Leases:SyncPeriod"] = "00:00:00.2",
                ["Notify:Edge:RenewEvery"] = "00:00:00.5",
            },
            EdgeServices = services =>
            {
                if (edges++ > 0) return;
                services.AddSingleton(clock.Time);
                stream.AddTo(services);
            },
        });
        var (sleeper, other) = (platform.Edges[0], platform.Edges[1]);
        await using var balancer = TcpForwarder.Start(sleeper.Address);
        await run.ConnectAsync(16, sleeper.Address, balancer.Address, other.Address);
        run.Push(8, other.Address);
        for (int round = 0; round < rounds; round++)
        {
            await run.AcknowledgedAsync(200);
            var before = sleeper.Id;
            clock.Sleep();
            stream.Sleep();
            balancer.Target = other.Address;
            int probes = 0;
            await Polling.Until(
                async () => (await run.PushOneAsync(Company, string.Create(CultureInfo.InvariantCulture, $"probe-{round}-{probes++}"), other.Address)).Edges == 1,
                "the sleeping edge to be out of the roster");
            await run.AcknowledgedAsync(200);
            clock.WakeUp();
            stream.WakeUp();
            await Polling.Until(() => Task.FromResult(sleeper.Id is { } id && id != before), "the edge under a new id");
        }

        await run.AcknowledgedAsync(200);
        await run.EndAsync($"{rounds} sleeps of an edge past its lease", other.Address);
        Assert.Contains(CloseCodes.LeaseLost, run.Clients.SelectMany(client => client.Closes));
    }
}
