using Notify.Grains.Log;
using Npgsql;

namespace Notify.Silo.Log.Postgres;

/// <summary>Takes what has gathered and commits it, one transaction at a time.</summary>
internal sealed partial class PostgresWriter(
    NpgsqlDataSource source, AppendQueue queue, PostgresLogOptions limits, PostgresPartitions partitions, long baseEpoch, TimeProvider time, ILogger logger)
{
    private long _commits;
    private long _failures;

    public long CommitCount => Volatile.Read(ref _commits);

    public long FailureCount => Volatile.Read(ref _failures);

    /// <summary>Runs until the queue is closed and empty.</summary>
    public async Task RunAsync()
    {
        await Task.Yield();
        var taken = new List<AppendRequest>();
        while (true)
        {
            queue.Take(taken, limits.BatchLimitEntries, limits.BatchLimitBytes);
            if (taken.Count > 0) await CommitAsync(taken);
            else if (queue.IsClosed) return;
            else await queue.WaitAsync();
        }
    }

    // A channel's second append in the batch has to see what came of the first.
    private async Task CommitAsync(List<AppendRequest> taken)
    {
        var rest = taken.Where(append => !append.IsVerification && CanBeStored(append)).ToList();
        while (rest.Count > 0)
        {
            var batch = rest.DistinctBy(append => append.Channel).ToList();
            rest = rest.Count == batch.Count ? [] : [.. rest.Except(batch)];
            await TryAsync(batch);
        }

        foreach (var verification in taken.Where(append => append.IsVerification)) verification.Complete();
    }

    private async Task TryAsync(List<AppendRequest> batch)
    {
        try
        {
            await RunAsync(batch);
        }
        catch (Exception failure)
        {
            // Whatever the server or the network did: the outcome is unknown to these pushers, and the next batch tries again.
            Interlocked.Increment(ref _failures);
            LogFailed(logger, batch.Count, failure);
            foreach (var append in batch) append.Fail(new IOException("The channel log's database did not say that it stored the append.", failure));
            return;
        }

        Interlocked.Increment(ref _commits);
        foreach (var append in batch) append.Complete();
    }

    private async Task RunAsync(List<AppendRequest> batch)
    {
        try
        {
            if (PostgresSingleAppend.Fits(batch) && await PostgresSingleAppend.TryRunAsync(source, batch[0], CancellationToken.None)) return;
            await PostgresBatch.RunAsync(source, batch, baseEpoch, CancellationToken.None);
        }
        catch (PostgresException failure) when (IsRolledBack(failure))
        {
            if (failure.SqlState == PostgresErrorCodes.CheckViolation) await EnsurePartitionsAsync(batch);
            await PostgresBatch.RunAsync(source, batch, baseEpoch, CancellationToken.None);
        }
    }

    // The server says that nothing of it happened, and that a second try may do: no partition for the time, or a deadlock.
    private static bool IsRolledBack(PostgresException failure) =>
        failure.SqlState is PostgresErrorCodes.CheckViolation or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    private async Task EnsurePartitionsAsync(List<AppendRequest> batch)
    {
        var times = batch.SelectMany(append => append.Notifications).Select(notification => notification.Time).Append(time.GetUtcNow());
        foreach (var minute in times.Select(each => each.UtcTicks / TimeSpan.TicksPerMinute).Distinct())
            await partitions.EnsureAsync(new(minute * TimeSpan.TicksPerMinute, TimeSpan.Zero), CancellationToken.None);
    }

    // A text that UTF-8 cannot hold fails its own append and not the batch.
    private static bool CanBeStored(AppendRequest append)
    {
        try
        {
            _ = PostgresText.Encode(append.Channel.Tenant);
            _ = PostgresText.Encode(append.Channel.Name);
            foreach (var notification in append.Notifications) NotificationCodec.Check(notification);
            return true;
        }
        catch (ArgumentException failure)
        {
            append.Fail(failure);
            return false;
        }
    }

    [LoggerMessage(1652, LogLevel.Error, "A batch of {Appends} appends has an unknown outcome")]
    private static partial void LogFailed(ILogger logger, int appends, Exception failure);
}
