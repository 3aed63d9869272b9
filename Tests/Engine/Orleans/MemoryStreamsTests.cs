using Notify.Tests.Platform;
using Orleans.Hosting;
using Xunit;

namespace Notify.Tests.Streams;

/// <summary>One of Orleans' own stream providers carries the edges' streams when the settings name it.</summary>
public sealed class MemoryStreamsTests
{
    private static readonly ChannelId Alice = new UserId("", "alice").Channel;

    private static (string, string)[] Settings =>
        [("Notify:Streams:Provider", "Memory"), ("Notify:Leases:Lease", "00:01:00"), ("Notify:Leases:SyncPeriod", "00:00:00.100")];

    [Fact]
    public async Task Push_ManyAtOnce_ArriveInTheOrderOfTheirPositions()
    {
        await using var silo = await TestSilo.StartAsync(Settings);
        await using var edge = await StartEdgeAsync(silo);
        _ = await edge.AttachAsync(Alice);
        const int Pushes = 500;
        var grain = silo.Grains.GetGrain<IUserGrain>("alice");
        await Task.WhenAll(Enumerable.Range(0, Pushes).Select(_ => grain.Push(new()))).Within("the receipts");

        for (int i = 1; i <= Pushes; i++) Assert.Equal(i, (await edge.Deliveries.NextAsync($"delivery {i}")).Position.Offset);
    }

    [Fact]
    public async Task Beacon_WhenTheDirectoryKnowsTheEdge_ComesThoughNoChannelIsAttached()
    {
        await using var silo = await TestSilo.StartAsync(Settings);
        await using var edge = await StartEdgeAsync(silo);
        _ = await edge.Grains.GetGrain<IEdgeDirectoryGrain>(IEdgeDirectoryGrain.Key).Renew(edge.Id);

        var beacon = await edge.Batches.NextAsync("a beacon");
        Assert.Empty(beacon.Deliveries);
        Assert.Equal([beacon.Silo], beacon.AliveSilos);
    }

    [Fact]
    public async Task PushToConnection_ReachesTheEdge()
    {
        await using var silo = await TestSilo.StartAsync(Settings);
        await using var edge = await StartEdgeAsync(silo);
        _ = await edge.AttachAsync(Alice);
        _ = await silo.Grains.GetGrain<IEdgeGrain>(edge.Id.Value).PushToConnection(new(edge.Id, "c1"), new() { Id = "a" });

        Assert.Equal("a", (await edge.Deliveries.NextAsync("the delivery")).Notification!.Id);
    }

    private static async Task<TestEdge> StartEdgeAsync(TestSilo silo)
    {
        var edge = await silo.StartEdgeAsync(client => client.AddMemoryStreams("Memory"));
        _ = await edge.SubscribeAsync();
        return edge;
    }
}
