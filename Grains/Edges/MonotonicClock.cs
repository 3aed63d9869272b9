namespace Notify.Grains.Edges;

/// <summary>
/// The time of day when it was made, moved on by the monotonic clock: leases, tombstones and windows must not jump when somebody sets
/// the wall clock. Thread safe.
/// </summary>
internal sealed class MonotonicClock(TimeProvider time)
{
    private readonly DateTimeOffset _start = time.GetUtcNow();
    private readonly long _startTimestamp = time.GetTimestamp();

    public TimeProvider Time => time;

    public DateTimeOffset Now => _start + time.GetElapsedTime(_startTimestamp);
}
