using System.Threading.Channels;
using Notify.EdgeHost.Telemetry;
using Notify.Streams;

namespace Notify.EdgeHost.Delivery;

/// <summary>
/// Runs everything that touches the edge's channels and memberships, one thing after the other, and calls <paramref name="afterBurst"/> when
/// nothing more waits (or after a good deal of it), so that what gathered goes out in one write. Says that there is more to send: it is
/// called again, after what has come meanwhile.
/// </summary>
/// <remarks>
/// Posting never waits, except for batches: at most <paramref name="batchLimit"/> of them wait here, so that a silo is not told
/// "taken" by an edge that is behind. Everything else is bounded by the number of connections and channels.
/// <para>
/// It has no thread: whoever has the turn works. Who posts takes a free turn and gives it to the pool; but the one who brings a batch works
/// itself for a burst, for waking another thread would take longer than what there mostly is to do.
/// </para>
/// </remarks>
internal sealed class DeliveryWorker(int batchLimit, Action<EdgeBatch> onBatch, Func<bool> afterBurst, ILogger logger) : IThreadPoolWorkItem, IDisposable
{
    private const int Free = 0, Taken = 1;
    private const int BurstLimitCount = 64;

    private readonly Channel<Work> _work = Channel.CreateUnbounded<Work>(new() { SingleReader = true });
    private readonly SemaphoreSlim _batchRoom = new(batchLimit);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ExecutionContext? _clean; // of a thread that carries nobody's async locals
    private int _turn = Taken; // until it runs
    private int _waitingBatches;

    /// <summary>Batches that wait.</summary>
    public int WaitingBatches => Volatile.Read(ref _waitingBatches);

    /// <summary>Has <paramref name="work"/> run by the worker; dropped once it has stopped.</summary>
    public void Post(Action work) => _ = TryPost(work);

    /// <summary>Has <paramref name="work"/> run by the worker; false: it has stopped.</summary>
    public bool TryPost(Action work)
    {
        if (!_work.Writer.TryWrite(new(work, null))) return false;
        Wake();
        return true;
    }

    /// <summary>Has a batch handled, here and now if nothing else is under way; waits while there is no room.</summary>
    public ValueTask PostAsync(EdgeBatch batch)
    {
        if (!_batchRoom.Wait(0)) return WaitAndPostAsync(batch);
        PostNow(batch);
        return ValueTask.CompletedTask;
    }

    /// <summary>Has <paramref name="work"/> run by the worker and waits for its answer; canceled when the worker has stopped.</summary>
    public Task<T> AskAsync<T>(Func<T> work)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!TryPost(Answer)) answer.SetCanceled();
        return answer.Task;

        void Answer()
        {
            try
            {
                answer.SetResult(work());
            }
#pragma warning disable CA1031 // It goes to the one who asked.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                answer.SetException(failure);
            }
        }
    }

    /// <summary>Runs until <see cref="Stop"/>, and then what was posted before it.</summary>
    public Task RunAsync()
    {
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return _ended.Task;
    }

    /// <inheritdoc/>
    public void Execute()
    {
        _clean ??= ExecutionContext.Capture();
        do
        {
            while (Step());
        }
        while (!TryGiveBack());
    }

    /// <summary>Runs what waits, or a good deal of it, and sends a part of what is to be sent; whether there is more of either.</summary>
    public bool Step()
    {
        int count = 0;
        for (; count < BurstLimitCount && _work.Reader.TryRead(out var work); count++) Run(work);
        return Send() || count == BurstLimitCount;
    }

    /// <summary>Takes nothing more.</summary>
    public void Stop()
    {
        _ = _work.Writer.TryComplete();
        Wake();
    }

    /// <inheritdoc/>
    public void Dispose() => _batchRoom.Dispose();

    private async ValueTask WaitAndPostAsync(EdgeBatch batch)
    {
        await _batchRoom.WaitAsync();
        PostNow(batch);
    }

    private void PostNow(EdgeBatch batch)
    {
        _ = Interlocked.Increment(ref _waitingBatches);
        if (!_work.Writer.TryWrite(new(null, batch)) || !TryTakeTurn()) return;
        if (IsOnThreadOfPool) ExecutionContext.Run(_clean!, static worker => ((DeliveryWorker)worker!).RunBurst(), this);
        else ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    // What begins here must not go on where its caller does.
    private static bool IsOnThreadOfPool => SynchronizationContext.Current is null && TaskScheduler.Current == TaskScheduler.Default;

    private bool TryTakeTurn() => Interlocked.CompareExchange(ref _turn, Taken, Free) == Free;

    private void Wake()
    {
        if (TryTakeTurn()) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    private void RunBurst()
    {
        if (Step() || !TryGiveBack()) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    /// <summary>Ends a turn; false: something has come meanwhile, and the turn goes on.</summary>
    private bool TryGiveBack()
    {
        if (_work.Reader.Completion.IsCompleted)
        {
            _ = _ended.TrySetResult(); // the turn is never given again
            return true;
        }

        _ = Interlocked.Exchange(ref _turn, Free);
        return !(_work.Reader.TryPeek(out _) || _work.Reader.Completion.IsCompleted) || !TryTakeTurn();
    }

    private void Run(in Work work)
    {
        try
        {
            if (work.Batch is not { } batch)
            {
                work.Action!();
                return;
            }

            _ = _batchRoom.Release();
            _ = Interlocked.Decrement(ref _waitingBatches);
            onBatch(batch);
        }
#pragma warning disable CA1031 // One piece of work must not stop all others; what it was about mends itself by audit and time-outs.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            EdgeLog.WorkFailed(logger, failure);
        }
    }

    private bool Send()
    {
        try
        {
            return afterBurst();
        }
#pragma warning disable CA1031 // As above.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            EdgeLog.WorkFailed(logger, failure);
            return false;
        }
    }

    private readonly record struct Work(Action? Action, EdgeBatch? Batch);
}
