using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>A timer of a grain. Ends with the activation.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets the next tick and the period after it; during a tick it takes effect when the tick is done.</summary>
    /// <param name="dueTime"><see cref="Timeout.InfiniteTimeSpan"/>: no next tick.</param>
    /// <param name="period">From the end of one tick to the next. <see cref="Timeout.InfiniteTimeSpan"/>: only one tick.</param>
    void Change(TimeSpan dueTime, TimeSpan period);
}

/// <summary>How a timer behaves.</summary>
public readonly struct GrainTimerCreationOptions()
{
    /// <summary>With these times and without interleaving.</summary>
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
        : this()
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>Until the first tick. <see cref="Timeout.InfiniteTimeSpan"/>: not before <see cref="IGrainTimer.Change"/>.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>From the end of one tick to the next. <see cref="Timeout.InfiniteTimeSpan"/>: only one tick.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Ticks do not wait for calls, nor calls for ticks. Default false.</summary>
    public bool Interleave { get; init; }

    /// <summary>Ticks count as use of the grain. Default false.</summary>
    public bool KeepAlive { get; init; }
}
