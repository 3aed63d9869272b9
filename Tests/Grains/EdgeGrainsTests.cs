using Notify.Streams;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Grains;

public sealed class EdgeGrainsTests
{
    private static readonly ChannelId Alice = new UserId("", "alice").Channel;

    private static (string, string)[] QuickLeases =>
        [("Notify:Leases:Lease", "00:00:03"), ("Notify:Leases:SyncPeriod", "00:00:00.050"), ("Notify:Outboxes:BeaconPeriod", "00:00:00.100")];

    [Fact]
    public async Task PushToConnection_ReachesTheEdgeInOrder()
    {
        await using var silo = await TestSilo.StartAsync();
        await using var edge = await silo.StartEdgeAsync();
        _ = await edge.SubscribeAsync();
        var connection = new ConnectionId(edge.Id, "c1");
        var grain = silo.Grains.GetGrain<IEdgeGrain>(edge.Id.Value);
        for (int i = 0; i < 100; i++)
        {
            var receipt = await grain.PushToConnection(connection, new() { Id = $"n{i}" });
            Assert.Equal(new($"n{i}", default, 1, 1, false), receipt);
        }

        for (int i = 0; i < 100; i++)
        {
            var delivery = await edge.Deliveries.NextAsync($"delivery {i}");
            Assert.Equal((DeliveryKind.Direct, connection, $"n{i}"), (delivery.Kind, delivery.Connection, delivery.Notification!.Id));
            Assert.NotEqual(default, delivery.Notification.Time);
        }
    }

    [Fact]
    public async Task PushToConnection_WhenTheEdgeIsUnknownOrGone_CountsNobody()
    {
        await using var silo = await TestSilo.StartAsync(QuickLeases);
        await using var edge = await silo.StartEdgeAsync();
        _ = await edge.SubscribeAsync();
        var grain = silo.Grains.GetGrain<IEdgeGrain>(edge.Id.Value);
        Assert.Equal(1, (await grain.PushToConnection(new(edge.Id, "c1"), new())).Edges);
        await silo.Grains.GetGrain<IEdgeDirectoryGrain>(IEdgeDirectoryGrain.Key).Release(edge.Id);
        await Polling.Until(async () => (await grain.PushToConnection(new(edge.Id, "c1"), new())).Edges == 0, "the silo to let go of the edge");

        var nobody = EdgeId.New();
        var receipt = await silo.Grains.GetGrain<IEdgeGrain>(nobody.Value).PushToConnection(new(nobody, "c1"), new());
        Assert.Equal((0, 0), (receipt.Edges, receipt.Connections));
    }

    [Fact]
    public async Task PushToConnection_WhenTheOutboxIsFull_IsNotAcknowledged()
    {
        await using var silo = await TestSilo.StartAsync(("Notify:Outboxes:LimitBytes", "16384"), ("Notify:Leases:Lease", "00:01:00"));
        await using var edge = await silo.StartEdgeAsync();
        _ = await edge.AttachAsync(Alice);
        var grain = silo.Grains.GetGrain<IEdgeGrain>(edge.Id.Value);

        await Assert.ThrowsAsync<NotAcknowledgedException>(async () =>
        {
            for (int i = 0; i < 20; i++) _ = await grain.PushToConnection(new(edge.Id, "c1"), new() { Payload = new byte[1_000] });
        });
    }

    [Fact]
    public async Task PushToConnection_WhenBad_IsRefused()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IEdgeGrain>("e1");

        await Assert.ThrowsAsync<ArgumentException>(() => grain.PushToConnection(new(new("e2"), "c1"), new()));
        await Assert.ThrowsAsync<ArgumentException>(() => grain.PushToConnection(new(new("e1"), "c1"), new() { Id = "" }));
    }

    [Fact]
    public async Task Renew_WhenTheEdgeRenews_KeepsItAliveAndNamesTheSilos()
    {
        await using var silo = await TestSilo.StartAsync();
        var directory = silo.Grains.GetGrain<IEdgeDirectoryGrain>(IEdgeDirectoryGrain.Key);
        var edge = EdgeId.New();

        var lease = await directory.Renew(edge);
        var status = await silo.Grains.GetChannel(Alice).GetStatus();

        Assert.Equal((true, TimeSpan.FromSeconds(10)), (lease.IsGranted, lease.Lease));
        Assert.Equal([status.Silo], lease.Silos);
        Assert.Contains(edge, (await directory.GetEdges()).Alive);
        await directory.Release(edge);
        Assert.False((await directory.Renew(edge)).IsGranted);
        Assert.Contains(edge, (await directory.GetEdges()).Gone);
    }

    [Fact]
    public async Task Lease_WhenTheEdgeStopsRenewing_LeavesNoTraceInAnyRoster()
    {
        await using var silo = await TestSilo.StartAsync(QuickLeases);
        await using var edge = await silo.StartEdgeAsync();
        _ = await edge.SubscribeAsync();
        var channels = Enumerable.Range(0, 300).Select(i => new UserId("", $"u{i}").Channel).ToArray();
        foreach (var some in channels.Chunk(20))
        {
            _ = await silo.Grains.GetGrain<IEdgeDirectoryGrain>(IEdgeDirectoryGrain.Key).Renew(edge.Id); // a busy machine takes longer than a lease
            foreach (var channel in some) _ = await edge.AttachAsync(channel);
        }

        Assert.Equal(1, (await silo.Grains.GetChannel(channels[0]).Push(new())).Edges);

        foreach (var channel in channels)
            await Polling.Until(async () => (await silo.Grains.GetChannel(channel).GetStatus()).Edges.IsEmpty, $"{channel} to let go of the edge");

        Assert.Empty(await silo.Grains.GetGrain<IUserGrain>("u0").GetConnections());
        Assert.Equal(AttachOutcome.EdgeGone, (await edge.AttachAsync(channels[0])).Outcome);
        await Assert.ThrowsAsync<InvalidOperationException>(edge.SubscribeAsync);
    }

    [Fact]
    public async Task Lease_WhenAnEdgeNeverRenews_IsAdoptedAndExpires()
    {
        await using var silo = await TestSilo.StartAsync(QuickLeases);
        await using var edge = await silo.StartEdgeAsync();
        _ = await edge.AttachAsync(Alice);

        await Polling.Until(async () => (await silo.Grains.GetChannel(Alice).GetStatus()).Edges.IsEmpty, "the roster to let go of the edge");
    }
}
