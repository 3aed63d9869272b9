using Notify.Streams;
using Notify.Tests.Platform;
using Orleans.Runtime;
using Xunit;

namespace Notify.Tests.Streams;

public sealed class DirectStreamTests
{
    private static readonly ChannelId Alice = new UserId("", "alice").Channel;

    private static (string, string)[] Settings =>
    [
        ("Notify:Outboxes:ConfirmTimeout", "00:00:00.200"),
        ("Notify:Outboxes:BeaconPeriod", "00:00:00.100"),
        ("Notify:Outboxes:BackoffLimit", "00:00:00.500"),
        ("Notify:Outboxes:LimitBytes", "16384"),
        ("Notify:Leases:Lease", "00:01:00"),
    ];

    [Fact]
    public async Task Push_ManyAtOnce_ArriveInTheOrderOfTheirPositions()
    {
        await using var silo = await TestSilo.StartAsync();
        await using var edge = await silo.StartEdgeAsync();
        _ = await edge.SubscribeAsync();
        _ = await edge.AttachAsync(Alice);
        const int Pushes = 2_000;
        var grain = silo.Grains.GetGrain<IUserGrain>("alice");
        await Task.WhenAll(Enumerable.Range(0, Pushes).Select(_ => grain.Push(new()))).Within("the receipts");

        for (int i = 1; i <= Pushes; i++) Assert.Equal(i, (await edge.Deliveries.NextAsync($"delivery {i}")).Position.Offset);
    }

    [Fact]
    public async Task Receive_WhileOneBatchIsUnconfirmed_NoOtherComesAndTheRestIsOneBatch()
    {
        await using var silo = await TestSilo.StartAsync(("Notify:Outboxes:ConfirmTimeout", "00:00:30"));
        await using var edge = await silo.StartEdgeAsync();
        _ = await edge.SubscribeAsync();
        _ = await edge.AttachAsync(Alice);
        var (entered, release) = Hold(edge);
        var grain = silo.Grains.GetGrain<IUserGrain>("alice");
        _ = await grain.Push(new());
        await entered.Task.Within("the first batch");
        for (int i = 0; i < 50; i++) _ = await grain.Push(new());
        release.SetResult();

        var first = await edge.Batches.NextAsync(batch => !batch.Deliveries.IsEmpty, "the first batch");
        var second = await edge.Batches.NextAsync(batch => !batch.Deliveries.IsEmpty, "the second batch");
        Assert.Equal((1, 1), (first.FirstSequence, first.LastSequence));
        Assert.Equal((2, 51, 50), (second.FirstSequence, second.LastSequence, second.Deliveries.Length));
    }

    [Fact]
    public async Task Receive_WhenTheConfirmationIsLost_GetsTheSameNumbersAgain()
    {
        await using var silo = await TestSilo.StartAsync(Settings);
        await using var edge = await silo.StartEdgeAsync();
        _ = await edge.SubscribeAsync();
        _ = await edge.AttachAsync(Alice);
        int failures = 3;
        var taken = new List<(long, long)>();
        edge.OnBatch = batch =>
        {
            if (batch.Deliveries.IsEmpty) return Task.CompletedTask;
            lock (taken) taken.Add((batch.FirstSequence, batch.LastSequence));
            return Interlocked.Decrement(ref failures) >= 0 ? throw new InvalidOperationException("confirmation lost") : Task.CompletedTask;
        };
        _ = await silo.Grains.GetGrain<IUserGrain>("alice").Push(new());
        _ = await edge.Deliveries.NextAsync("the delivery");

        Assert.Equal([(1, 1), (1, 1), (1, 1), (1, 1)], taken);
    }

    [Fact]
    public async Task Receive_WhenItTakesTooLong_GetsTheSameBatchAgain()
    {
        await using var silo = await TestSilo.StartAsync(Settings);
        await using var edge = await silo.StartEdgeAsync();
        _ = await edge.SubscribeAsync();
        _ = await edge.AttachAsync(Alice);
        var (_, release) = Hold(edge);
        using var unconfirmed = new CountedMeasurements(silo.Host.Services, "notify.outbox.unconfirmed");
        _ = await silo.Grains.GetGrain<IUserGrain>("alice").Push(new());
        Assert.Equal("cause=timeout", await unconfirmed.Measured.NextAsync("the silo to give up waiting"));
        release.SetResult();

        var first = await edge.Batches.NextAsync(batch => !batch.Deliveries.IsEmpty, "the batch");
        var again = await edge.Batches.NextAsync(batch => !batch.Deliveries.IsEmpty, "the batch again");
        Assert.Equal((first.FirstSequence, first.LastSequence), (again.FirstSequence, again.LastSequence));
        Assert.Equal(first.Deliveries[0].Position, again.Deliveries[0].Position);
    }

    [Fact]
    public async Task Subscribe_WhileABatchIsUnconfirmed_GetsItAgainAtOnce()
    {
        await using var silo = await TestSilo.StartAsync(("Notify:Outboxes:ConfirmTimeout", "00:00:30"));
        await using var edge = await silo.StartEdgeAsync();
        _ = await edge.SubscribeAsync();
        _ = await edge.AttachAsync(Alice);
        var (entered, release) = Hold(edge);
        using var unconfirmed = new CountedMeasurements(silo.Host.Services, "notify.outbox.unconfirmed");
        _ = await silo.Grains.GetGrain<IUserGrain>("alice").Push(new());
        await entered.Task.Within("the batch");
        _ = await edge.SubscribeAsync();
        Assert.Equal("cause=superseded", await unconfirmed.Measured.NextAsync("the silo to stop waiting for the old registration"));
        release.SetResult();

        var first = await edge.Batches.NextAsync(batch => !batch.Deliveries.IsEmpty, "the batch");
        var again = await edge.Batches.NextAsync(batch => !batch.Deliveries.IsEmpty, "the batch again");
        Assert.Equal((first.FirstSequence, first.LastSequence), (again.FirstSequence, again.LastSequence));
    }

    [Fact]
    public async Task Receive_WhenTheOutboxOverflowed_GetsHeadsAndNoSequenceIsLost()
    {
        await using var silo = await TestSilo.StartAsync([.. Settings, ("Notify:Outboxes:ConfirmTimeout", "00:00:30")]);
        await using var edge = await silo.StartEdgeAsync();
        _ = await edge.SubscribeAsync();
        var head = (await edge.AttachAsync(Alice)).Head;
        var (entered, release) = Hold(edge);
        var grain = silo.Grains.GetGrain<IUserGrain>("alice");
        _ = await grain.Push(new());
        await entered.Task.Within("the first batch");
        for (int i = 0; i < 100; i++) _ = await grain.Push(new() { Payload = new byte[1_000] });
        release.SetResult();

        long next = 1;
        var position = head;
        bool sawHead = false;
        while (position.Offset < 101)
        {
            var batch = await edge.Batches.NextAsync(batch => !batch.Deliveries.IsEmpty, "the next batch");
            Assert.Equal(next, batch.FirstSequence);
            next = batch.LastSequence + 1;
            foreach (var delivery in batch.Deliveries)
            {
                Assert.True(delivery.Kind == DeliveryKind.Head || delivery.Position == position.Plus(1));
                sawHead |= delivery.Kind == DeliveryKind.Head;
                position = delivery.Position;
            }
        }

        Assert.True(sawHead);
        Assert.Equal(102, next);
        Assert.Equal(101, (await grain.Read(new(head, 1_000, int.MaxValue))).Entries.Length);
    }

    [Fact]
    public async Task Beacon_WhenNothingIsSent_ComesWithSequenceAndSilos()
    {
        await using var silo = await TestSilo.StartAsync(Settings);
        await using var edge = await silo.StartEdgeAsync();
        _ = await edge.SubscribeAsync();
        var attached = await edge.AttachAsync(Alice);
        var first = await edge.Batches.NextAsync("the first beacon");
        _ = await silo.Grains.GetGrain<IUserGrain>("alice").Push(new());
        _ = await edge.Batches.NextAsync(batch => !batch.Deliveries.IsEmpty, "the batch");
        var second = await edge.Batches.NextAsync(batch => batch.Deliveries.IsEmpty, "the second beacon");
        _ = await edge.Batches.NextAsync(batch => batch.Deliveries.IsEmpty, "the third beacon");

        Assert.Equal((1, 0, attached.Silo), (first.FirstSequence, first.LastSequence, first.Silo));
        Assert.Equal((2, 1), (second.FirstSequence, second.LastSequence));
        Assert.Equal([attached.Silo], second.AliveSilos);
    }

    [Fact]
    public async Task Resume_WithAnotherObserver_SendsToThatOne()
    {
        await using var silo = await TestSilo.StartAsync(Settings);
        await using var edge = await silo.StartEdgeAsync();
        var handle = await edge.SubscribeAsync();
        _ = await edge.AttachAsync(Alice);
        var other = new ForwardingObserver();

        Assert.Same(handle, await handle.ResumeAsync(other));
        _ = await silo.Grains.GetGrain<IUserGrain>("alice").Push(new());

        Assert.Equal(1, (await other.Batches.NextAsync(batch => !batch.Deliveries.IsEmpty, "the batch")).LastSequence);
        Assert.False(edge.Deliveries.TryPeek(out _));
        Assert.Equal(handle, Assert.Single(await edge.Stream.GetAllSubscriptionHandles()));
    }

    [Fact]
    public async Task Unsubscribe_EndsTheStreamUntilSubscribedAnew_AndWhatCameMeanwhileIsKept()
    {
        await using var silo = await TestSilo.StartAsync(Settings);
        await using var edge = await silo.StartEdgeAsync();
        var handle = await edge.SubscribeAsync();
        _ = await edge.AttachAsync(Alice);
        await handle.UnsubscribeAsync();
        Assert.Empty(await edge.Stream.GetAllSubscriptionHandles());

        var receipt = await silo.Grains.GetGrain<IUserGrain>("alice").Push(new());
        Assert.False(edge.Deliveries.TryPeek(out _));
        _ = await edge.SubscribeAsync();

        Assert.Equal(receipt.Position, (await edge.Deliveries.NextAsync("what came meanwhile")).Position);
    }

    [Fact]
    public async Task Subscribe_WhenTheLeaseHasEnded_SaysSo()
    {
        await using var silo = await TestSilo.StartAsync(Settings);
        await using var edge = await silo.StartEdgeAsync();
        await silo.Grains.GetGrain<IEdgeDirectoryGrain>(IEdgeDirectoryGrain.Key).Release(edge.Id);

        await Assert.ThrowsAsync<InvalidOperationException>(edge.SubscribeAsync);
    }

    [Fact]
    public async Task OtherUses_AreRefusedWithASentence()
    {
        await using var silo = await TestSilo.StartAsync(Settings);
        await using var edge = await silo.StartEdgeAsync();

        await Assert.ThrowsAsync<NotSupportedException>(() => edge.Stream.OnNextAsync(new("s", 1, 0, [], [])));
        await Assert.ThrowsAsync<NotSupportedException>(() => edge.Stream.OnNextBatchAsync([]));
        await Assert.ThrowsAsync<NotSupportedException>(() => edge.Stream.SubscribeAsync(edge, null, "filter"));
        Assert.Throws<NotSupportedException>(() => edge.Provider.GetStream<string>(EdgeStreams.Of(edge.Id)));
        Assert.Throws<NotSupportedException>(() => edge.Provider.GetStream<EdgeBatch>(StreamId.Create("other", "key")));
        Assert.False(edge.Provider.IsRewindable);
    }

    private static (TaskCompletionSource Entered, TaskCompletionSource Release) Hold(TestEdge edge)
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        edge.OnBatch = batch =>
        {
            if (batch.Deliveries.IsEmpty) return Task.CompletedTask;
            entered.TrySetResult();
            return release.Task;
        };
        return (entered, release);
    }
}
