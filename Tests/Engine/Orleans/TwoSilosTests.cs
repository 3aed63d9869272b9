using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Notify.Silo;
using Notify.Streams;
using Notify.Tests.Platform;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.TestingHost;
using Xunit;

namespace Notify.Tests.Streams;

/// <summary>What needs more than one silo exists on the engine Orleans only.</summary>
public sealed class TwoSilosTests
{
    [Fact]
    public async Task Subscribe_ReachesEverySilo_AndEachSendsBeacons()
    {
        await using var cluster = await StartAsync();
        var observer = new ForwardingObserver();
        _ = await StreamOf(cluster, EdgeId.New()).SubscribeAsync(observer);

        var silos = new HashSet<string>();
        while (silos.Count < 2) silos.Add((await observer.Batches.NextAsync("beacons of both silos")).Silo);
        Assert.Equal(2, (await observer.Batches.NextAsync(batch => batch.AliveSilos.Length == 2, "a beacon that names both silos")).AliveSilos.Length);
    }

    [Fact]
    public async Task Push_WhereverTheChannelLives_ReachesTheEdge()
    {
        await using var cluster = await StartAsync();
        var observer = new ForwardingObserver();
        var edge = EdgeId.New();
        _ = await StreamOf(cluster, edge).SubscribeAsync(observer);
        var silos = new HashSet<string>();
        for (int i = 0; i < 40; i++)
        {
            var grain = cluster.Client.GetChannel(new UserId("", $"u{i}").Channel);
            silos.Add((await grain.Attach(new(edge, 1, 1, []))).Silo);
            _ = await grain.Push(new() { Id = $"n{i}" });
        }

        var received = new HashSet<string>();
        while (received.Count < 40)
        {
            foreach (var delivery in (await observer.Batches.NextAsync("all deliveries")).Deliveries) received.Add(delivery.Notification!.Id);
        }

        Assert.Equal(2, silos.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Resume_WhenASiloIsGone_GoesOnWithTheOthersAndWithANewOne(bool kill)
    {
        await using var cluster = await StartAsync();
        var observer = new ForwardingObserver();
        var edge = EdgeId.New();
        var handle = await StreamOf(cluster, edge).SubscribeAsync(observer);
        var gone = cluster.Silos[1];
        if (kill) await cluster.KillSiloAsync(gone);
        else await cluster.StopSiloAsync(gone);
        var survivor = cluster.Silos[0].SiloAddress.ToParsableString();

        _ = await observer.Batches.NextAsync(batch => batch.AliveSilos is [var only] && only == survivor, "the survivor to say that it is alone");
        handle = await handle.ResumeAsync(observer);
        var grain = cluster.Client.GetChannel(new UserId("", "alice").Channel);
        _ = await grain.Attach(new(edge, 1, 1, []));
        _ = await grain.Push(new() { Id = "after" });
        _ = await observer.Batches.NextAsync(
            batch => batch.Deliveries.Any(delivery => delivery.Notification?.Id == "after"), "the push after the silo went");

        var added = (await cluster.StartAdditionalSiloAsync()).SiloAddress.ToParsableString();
        _ = await observer.Batches.NextAsync(batch => batch.AliveSilos.Contains(added), "the survivor to name the new silo");
        _ = await handle.ResumeAsync(observer);
        _ = await observer.Batches.NextAsync(batch => batch.Silo == added, "a beacon of the new silo");
    }

    [Fact]
    public async Task StopSilo_TellsEdgesWhichActivationsGo()
    {
        // Several batches of notices: the other silo no longer brings the stopping one any confirmation.
        await using var cluster = await StartAsync(batchLimitBytes: 1024);
        var observer = new ForwardingObserver();
        var edge = EdgeId.New();
        _ = await StreamOf(cluster, edge).SubscribeAsync(observer);
        var going = cluster.Silos[1].SiloAddress.ToParsableString();
        var attached = new Dictionary<string, ChannelId>();
        for (int i = 0; i < 40; i++)
        {
            var channel = new UserId("", $"u{i}").Channel;
            var result = await cluster.Client.GetChannel(channel).Attach(new(edge, 1, 1, []));
            if (result.Silo == going) attached.Add(result.Activation, channel);
        }

        Assert.NotEmpty(attached);
        await cluster.StopSiloAsync(cluster.Silos[1]);

        while (attached.Count > 0)
        {
            foreach (var delivery in (await observer.Batches.NextAsync($"{attached.Count} more notices of deactivation")).Deliveries)
            {
                if (delivery.Kind == DeliveryKind.Deactivated && attached.Remove(delivery.Activation!, out var channel))
                    Assert.Equal(channel, delivery.Channel);
            }
        }
    }

    [Fact]
    public async Task Renew_WhenTheDirectorysSiloIsKilled_IsAnsweredWithinALease()
    {
        await using var cluster = await StartAsync();
        var directory = cluster.Client.GetGrain<IEdgeDirectoryGrain>(IEdgeDirectoryGrain.Key);
        var edge = EdgeId.New();
        _ = await directory.Renew(edge);
        var address = await cluster.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(directory);
        await cluster.KillSiloAsync(cluster.Silos.Single(silo => silo.SiloAddress.Equals(address)));

        long killed = TimeProvider.System.GetTimestamp();
        await Polling.Until(async () =>
        {
            try
            {
                return (await directory.Renew(edge).WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken)).IsGranted;
            }
            catch (Exception failure) when (failure is TimeoutException or OrleansException)
            {
                return false;
            }
        }, "the directory to come back");

        Assert.InRange(TimeProvider.System.GetElapsedTime(killed), TimeSpan.Zero, TimeSpan.FromSeconds(9));
    }

    [Fact]
    public async Task Start_OfASecondSiloOverTheMemoryLog_IsRefusedUnlessLossIsAllowed()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () => await StartAsync(allowLoss: false));
        Assert.Contains("set Notify:Log:AllowLoss=true", failure.ToString(), StringComparison.Ordinal);
    }

    private static IAsyncStream<EdgeBatch> StreamOf(InProcessTestCluster cluster, EdgeId edge) =>
        cluster.Client.ServiceProvider.GetRequiredKeyedService<IStreamProvider>(EdgeStreams.DirectProvider).GetStream<EdgeBatch>(EdgeStreams.Of(edge));

    private static async Task<InProcessTestCluster> StartAsync(bool allowLoss = true, int batchLimitBytes = 128 << 10)
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSiloHost((_, host) => host.Configuration.AddInMemoryCollection(
        [
            new("Notify:Log:AllowLoss", allowLoss.ToString()),
            new("Notify:Outboxes:BatchLimitBytes", batchLimitBytes.ToString(CultureInfo.InvariantCulture)),
            new("Notify:Outboxes:BeaconPeriod", "00:00:00.200"),
            new("Notify:Leases:Lease", "00:01:00"),
        ]));
        builder.ConfigureSilo((_, silo) => silo.AddNotifySilo());
        builder.ConfigureClient(client => client.Services.AddEdgeStreams());
        var cluster = builder.Build();
        try
        {
            await cluster.DeployAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }
}
