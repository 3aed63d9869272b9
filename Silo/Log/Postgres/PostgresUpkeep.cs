namespace Notify.Silo.Log.Postgres;

/// <summary>Makes partitions ahead and drops old ones, now and then. Every silo does it; what one has done the others find done.</summary>
internal sealed partial class PostgresUpkeep(PostgresPartitions partitions, PostgresLogOptions limits, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PeriodicTimer _timer = new(limits.UpkeepPeriod, time);
    private Task _running = Task.CompletedTask;

    public void Start() => _running = RunAsync();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _timer.Dispose();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            try
            {
                var now = time.GetUtcNow();
                await partitions.EnsureAsync(now, _stop.Token);
                await partitions.DropAsync(now, _stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // The server is away, say: pushes fail or make their partitions themselves, the next turn tries again.
                LogFailed(logger, failure);
            }
        }
    }

    [LoggerMessage(1654, LogLevel.Warning, "Partitions of the channel log could not be looked after")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
