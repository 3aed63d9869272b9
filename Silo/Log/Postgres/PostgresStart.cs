using Notify.Grains.Log;
using Npgsql;

namespace Notify.Silo.Log.Postgres;

/// <summary>A silo's start: reaches the server, prepares the schema, makes the first partitions.</summary>
internal static partial class PostgresStart
{
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>The epoch of channels that have no row.</summary>
    /// <exception cref="LogNotOpenedException">The database cannot be used; the message says why.</exception>
    public static async Task<long> RunAsync(
        NpgsqlDataSource source, PostgresLogOptions limits, PostgresPartitions partitions, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            try
            {
                long baseEpoch = await new PostgresSchema(source, limits.Schema, time).PrepareAsync(cancellationToken);
                await partitions.EnsureAsync(time.GetUtcNow(), cancellationToken);
                return baseEpoch;
            }
            catch (NpgsqlException failure) when (IsPassing(failure) && time.GetElapsedTime(start) < limits.StartLimit)
            {
                LogWaiting(logger, failure.Message);
                await Task.Delay(RetryPeriod, time, cancellationToken);
            }
            catch (NpgsqlException failure)
            {
                throw new LogNotOpenedException($"The database of Notify:Log:ConnectionString cannot be used: {failure.Message}", failure);
            }
        }
    }

    // A server that is not there yet, or still starting; a wrong password or name does not become right by waiting.
    private static bool IsPassing(NpgsqlException failure) =>
        failure.IsTransient || failure is not PostgresException { SqlState: not PostgresErrorCodes.QueryCanceled };

    [LoggerMessage(1653, LogLevel.Warning, "Waiting for the channel log's database: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string reason);
}
