using System.Threading.Channels;
using Notify.EdgeHost.Telemetry;

namespace Notify.EdgeHost.Delivery;

/// <summary>
/// Runs everything that touches the edge's channels and memberships, one thing after the other, and calls
/// <paramref name="afterBurst"/> when nothing more waits (or after a good deal of it), so that what gathered goes out in one write.
/// </summary>
/// <remarks>
/// Posting never waits, except for batches: at most <paramref name="batchLimit"/> of them wait here, so that a silo is not told
/// "taken" by an edge that is behind. Everything else is bounded by the number of connections and channels.
/// </remarks>
internal sealed class DeliveryWorker(int batchLimit, Action afterBurst, ILogger logger) : IDisposable
{
    private const int BurstLimitCount = 64;

    private readonly Channel<Action> _work = Channel.CreateUnbounded<Action>(new() { SingleReader = true });
    private readonly SemaphoreSlim _batchRoom = new(batchLimit);
    private int _waitingBatches;

    /// <summary>Batches that wait.</summary>
    public int WaitingBatches => Volatile.Read(ref _waitingBatches);

    /// <summary>Has <paramref name="work"/> run by the worker; dropped once it has stopped.</summary>
    public void Post(Action work) => _ = _work.Writer.TryWrite(work);

    /// <summary>Has a batch handled by the worker; waits while there is no room.</summary>
    public async ValueTask PostBatchAsync(Action work)
    {
        if (!_batchRoom.Wait(0)) await _batchRoom.WaitAsync();
        _ = Interlocked.Increment(ref _waitingBatches);
        Post(() =>
        {
            _ = _batchRoom.Release();
            _ = Interlocked.Decrement(ref _waitingBatches);
            work();
        });
    }

    /// <summary>Has <paramref name="work"/> run by the worker and waits for its answer; canceled when the worker has stopped.</summary>
    public Task<T> AskAsync<T>(Func<T> work)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool isPosted = _work.Writer.TryWrite(() =>
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
        });
        if (!isPosted) answer.SetCanceled();
        return answer.Task;
    }

    /// <summary>Runs until <see cref="Stop"/>, and then what was posted before it.</summary>
    public async Task RunAsync()
    {
        var reader = _work.Reader;
        while (await reader.WaitToReadAsync().ConfigureAwait(false))
        {
            int count = 0;
            while (reader.TryRead(out var work))
            {
                Run(work);
                if (++count % BurstLimitCount == 0) Run(afterBurst);
            }

            Run(afterBurst);
        }
    }

    /// <summary>Takes nothing more.</summary>
    public void Stop() => _ = _work.Writer.TryComplete();

    /// <inheritdoc/>
    public void Dispose() => _batchRoom.Dispose();

    private void Run(Action work)
    {
        try
        {
            work();
        }
#pragma warning disable CA1031 // One piece of work must not stop all others; what it was about mends itself by audit and time-outs.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            EdgeLog.WorkFailed(logger, failure);
        }
    }
}
