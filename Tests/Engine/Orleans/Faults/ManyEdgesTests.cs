using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Notify.Grains.Edges;
using Notify.Streams;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Engine.Orleans.Faults;

/// <summary>Fifty edges, each an Orleans client of its own, at one silo; one of them takes nothing any more.</summary>
[Collection(Heavy.Name)]
public sealed class ManyEdgesTests(ITestOutputHelper output)
{
    private const int Edges = 50;
    private const int Pushes = 1_600;
    private const int WarmUps = 200;
    private const int AtOnce = 50; // 200 KiB: no edge that takes them falls behind by an outbox
    private const int PayloadBytes = 4 << 10;
    private const int OutboxLimitBytes = 4 << 20; // the default

    // What 50 connections hold on to in buffers, of which the pools keep some.
    private const int SlackBytes = 12 << 20;

    private static readonly ChannelId Company = new CompanyId("", "acme").Channel;

    [Fact]
    public async Task Push_ToFiftyEdgesOfWhichOneHangs_ReachesAllOthersAndMemoryIsBounded()
    {
        await using var silo = await TestSilo.StartAsync(
            ("Notify:Leases:Lease", "00:10:00"), // these edges renew nothing
            ("Notify:Log:Companies:CountLimit", "10"));
        var edges = new List<TestEdge>();
        for (int i = 0; i < Edges; i++) edges.Add(await silo.StartEdgeAsync());
        foreach (var edge in edges)
        {
            _ = await edge.SubscribeAsync().Within("a subscription");
            _ = await edge.AttachAsync(Company).Within("an attachment");
        }

        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        edges[0].OnBatch = batch => batch.Deliveries.IsEmpty ? Task.CompletedTask : release.Task;
        TestEdge[] others = [.. edges.Skip(1)];
        var company = silo.Grains.GetGrain<ICompanyGrain>("acme");
        long before = 0;
        for (int from = 0; from < Pushes; from += AtOnce)
        {
            if (from == WarmUps) before = GC.GetTotalMemory(forceFullCollection: true);
            await PushAsync(company, from);
            await Task.WhenAll(others.Select(edge => ReadAsync(edge, from))).Within($"{AtOnce} more after {from} at each edge but the one that hangs", TimeSpan.FromMinutes(1));
        }

        var hung = silo.Host.Services.GetRequiredService<EdgeOutboxes>().Find(edges[0].Id)!.Outbox;
        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Pushes} pushes of {PayloadBytes} bytes to {Edges} edges: heap of the silo and all edges {grown / 1048576.0:+0.0;-0.0} MiB; for the edge that hangs {hung.QueuedBytes / 1048576.0:0.0} MiB queued, {hung.FoldedCount} folded"));
        Assert.InRange(hung.QueuedBytes, 0, OutboxLimitBytes);
        Assert.True(hung.FoldedCount > 0, "The outbox of the edge that hangs was never full.");
        Assert.InRange(grown, long.MinValue, OutboxLimitBytes + SlackBytes);

        // It learns where the channel is, and reads the rest from the log.
        release.SetResult();
        var last = await edges[0].Deliveries.NextAsync(delivery => delivery.Position.Offset == Pushes, "the head at the edge that hung");
        Assert.Equal(Company, last.Channel);
    }

    private static async Task PushAsync(ICompanyGrain company, int from)
    {
        byte[] payload = new byte[PayloadBytes];
        payload.AsSpan().Fill((byte)'1');
        _ = await Task.WhenAll(Enumerable.Range(from, AtOnce).Select(i => company.Push(new() { Id = $"n{i}", Payload = payload }))).Within("receipts");
    }

    /// <summary>Each once and in order.</summary>
    private static async Task ReadAsync(TestEdge edge, int from)
    {
        for (int i = from + 1; i <= from + AtOnce; i++)
        {
            var delivery = await edge.Deliveries.ReadAsync(TestContext.Current.CancellationToken);
            Assert.Equal((DeliveryKind.Retained, i), (delivery.Kind, (int)delivery.Position.Offset));
        }

        while (edge.Batches.TryRead(out _)) continue; // what is written down twice would count as memory
    }
}
