namespace Notify.EdgeHost.Delivery;

/// <summary>How an edge keeps up with one channel.</summary>
internal sealed record EdgeChannelOptions
{
    /// <summary>How long a missing position may still be on its way before the log is read.</summary>
    public TimeSpan ReorderWait { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a channel without members stays attached, so that a page reload costs nothing.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>At most one report of a changed member count in this time; zero: at once.</summary>
    public TimeSpan ReportEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Wait after a failed call; doubles up to <see cref="RetryMost"/>.</summary>
    public TimeSpan RetryFirst { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait after a failed call.</summary>
    public TimeSpan RetryMost { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long after its time-out a call may still arrive at a grain: the call time-out once more.</summary>
    public TimeSpan LateCallLife { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>At most so many deliveries are held back; what is over is read from the log.</summary>
    public int HeldLimitCount { get; init; } = 256;

    /// <summary>At most so many payload bytes are held back.</summary>
    public int HeldLimitBytes { get; init; } = 1 << 20;

    /// <summary>At most so many notifications are read at once.</summary>
    public int ReadLimitEntries { get; init; } = 256;

    /// <summary>At most so many payload bytes are read at once.</summary>
    public int ReadLimitBytes { get; init; } = 1 << 20;
}
