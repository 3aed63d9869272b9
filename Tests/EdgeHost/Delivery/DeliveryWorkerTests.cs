using Microsoft.Extensions.Logging.Abstractions;
using Notify.EdgeHost.Delivery;
using Notify.Streams;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Delivery;

/// <summary>Whoever has the turn works: one at a time, in order, everything, and nobody after the end.</summary>
public sealed class DeliveryWorkerTests
{
    private static readonly AsyncLocal<string?> OfTheCaller = new();

    private readonly List<long> _batches = [];
    private Action<EdgeBatch> _onBatch = static _ => { };

    [Fact]
    public async Task Post_ByManyThreads_RunsEachOnceInItsOrderAndOneAtATime()
    {
        const int threads = 4, posts = 20_000;
        using var worker = New();
        var running = worker.RunAsync();
        int inside = 0, overlaps = 0;
        var seen = Enumerable.Range(0, threads).Select(_ => new List<int>(posts)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Run(async () =>
        {
            for (int i = 0; i < posts; i++)
            {
                int number = i;
                if (i % 10 == 0) await worker.PostAsync(BatchOf(i));
                worker.Post(() =>
                {
                    if (Interlocked.Increment(ref inside) != 1) Interlocked.Increment(ref overlaps);
                    seen[thread].Add(number);
                    Interlocked.Decrement(ref inside);
                });
            }
        })));
        worker.Stop();
        await running.Within("the worker's end");

        Assert.Equal(0, overlaps);
        Assert.All(seen, numbers => Assert.Equal(Enumerable.Range(0, posts), numbers));
        Assert.Equal(threads * posts / 10, _batches.Count);
        Assert.Equal(0, worker.WaitingBatches);
    }

    [Fact]
    public async Task Stop_WhileOthersPost_RunsAllThatWereTaken()
    {
        for (int round = 0; round < 500; round++)
        {
            using var worker = New();
            var running = worker.RunAsync();
            int taken = 0, run = 0;
            var posting = Task.Run(() =>
            {
                while (worker.TryPost(() => run++)) taken++;
            }, TestContext.Current.CancellationToken);
            worker.Stop();
            await Task.WhenAll(running, posting).Within("the worker's end");

            Assert.Equal(taken, run);
        }
    }

    [Fact]
    public async Task Post_BeforeItRuns_Waits()
    {
        using var worker = New();
        bool hasRun = false;
        worker.Post(() => hasRun = true);
        await worker.PostAsync(BatchOf(1));
        Assert.False(hasRun);
        Assert.Equal(1, worker.WaitingBatches);

        var running = worker.RunAsync();
        _ = await worker.AskAsync(() => 0).Within("its turn");
        Assert.True(hasRun);
        Assert.Equal([1], _batches);
        worker.Stop();
        await running.Within("the worker's end");
    }

    [Fact]
    public async Task PostOfABatch_WhenNothingIsUnderWay_RunsHereWithoutTheCallersLocals()
    {
        using var worker = New();
        var running = worker.RunAsync();
        await Polling.Until(() => worker.AskAsync(() => true), "the first turn");
        (int Thread, string? Local) of = default;
        _onBatch = _ => of = (Environment.CurrentManagedThreadId, OfTheCaller.Value);
        bool wasHere = false;
        for (int i = 0; i < 1_000 && !wasHere; i++)
        {
            await Task.Run(() =>
            {
                OfTheCaller.Value = "the caller's";
                Assert.True(worker.PostAsync(BatchOf(1)).AsTask().IsCompletedSuccessfully);
                wasHere = of.Thread == Environment.CurrentManagedThreadId;
            }, TestContext.Current.CancellationToken);
        }

        Assert.True(wasHere);
        Assert.Null(of.Local);
        worker.Stop();
        await running.Within("the worker's end");
    }

    [Fact]
    public async Task PostOfABatch_OverTheLimit_WaitsForRoom()
    {
        using var worker = New(batchLimit: 2);
        Assert.True(worker.PostAsync(BatchOf(1)).AsTask().IsCompleted);
        Assert.True(worker.PostAsync(BatchOf(2)).AsTask().IsCompleted);
        var third = worker.PostAsync(BatchOf(3)).AsTask();
        Assert.False(third.IsCompleted);

        var running = worker.RunAsync();
        await third.Within("room");
        _ = await worker.AskAsync(() => 0).Within("its turn");
        Assert.Equal([1, 2, 3], _batches);
        worker.Stop();
        await running.Within("the worker's end");
    }

    private static EdgeBatch BatchOf(long sequence) => new("silo", sequence, sequence, [], []);

    private DeliveryWorker New(int batchLimit = 64) => new(batchLimit, OnBatch, static () => false, NullLogger.Instance);

    private void OnBatch(EdgeBatch batch)
    {
        _batches.Add(batch.LastSequence);
        _onBatch(batch);
    }
}
