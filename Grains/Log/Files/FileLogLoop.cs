using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Notify.Grains.Log.Files;

/// <summary>
/// The log's own thread, because it waits for the disk: commits what has gathered, then looks after the segments for a moment, then the
/// same again.
/// </summary>
internal sealed partial class FileLogLoop(
    AppendQueue queue, GroupCommit commit, Compactor compactor, FileIndex index, FileLogOptions options, TimeProvider time, ILogger logger)
{
    private const int BatchLimitEntries = 10_000;
    private const int SweepSliceChannels = 4_096;

    private readonly List<AppendRequest> _batch = [];
    private readonly ConcurrentQueue<TaskCompletionSource> _idleWaiters = new();
    private int _sweepAt;
    private bool _isSweeping;
    private bool _isSweepDue;
    private bool _isPaused; // the disk refused what compaction wanted to write: not again before the next sweep

    private bool HasWork => _isSweeping || Volatile.Read(ref _isSweepDue) || (!_isPaused && compactor.HasWork);

    /// <summary>Lets the next round look for what has become too old; from any thread.</summary>
    public void RequestSweep()
    {
        Volatile.Write(ref _isSweepDue, true);
        queue.Wake();
    }

    /// <summary>Completes as soon as there is nothing to commit, to sweep or to free.</summary>
    public Task WhenIdleAsync()
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _idleWaiters.Enqueue(waiter);
        queue.Wake();
        return waiter.Task;
    }

    /// <summary>Runs until the queue is closed and empty.</summary>
    public void Run()
    {
        while (true)
        {
            queue.Take(_batch, BatchLimitEntries, options.BatchLimitBytes);
            if (_batch.Count > 0)
            {
                commit.Commit(_batch);
            }
            else if (queue.IsClosed)
            {
                return;
            }
            else if (!HasWork)
            {
                // Only here, after an empty take: an append and the end may have come with one and the same wake-up.
                WaitForWork();
                continue;
            }

            try
            {
                Maintain();
            }
            catch (Exception failure)
            {
                // What it was about to free stays; pushes go on as long as the disk takes them.
                LogMaintenanceFailed(logger, failure);
                compactor.Abandon();
                _isPaused = true;
            }
        }
    }

    private void WaitForWork()
    {
        while (queue.IsIdle && _idleWaiters.TryDequeue(out var waiter)) waiter.SetResult();
        queue.Wait();
    }

    private void Maintain()
    {
        if (Volatile.Read(ref _isSweepDue))
        {
            Volatile.Write(ref _isSweepDue, false);
            _isSweeping = true;
            _isPaused = false;
        }

        if (_isSweeping)
        {
            _sweepAt = index.Sweep(_sweepAt, SweepSliceChannels, time.GetUtcNow());
            _isSweeping = _sweepAt != 0;
            if (!_isSweeping) compactor.Look();
        }
        else if (!_isPaused && compactor.HasWork)
        {
            compactor.DoSlice();
        }
    }

    [LoggerMessage(1604, LogLevel.Error, "The channel log could not free segments; it tries again later")]
    private static partial void LogMaintenanceFailed(ILogger logger, Exception failure);
}
