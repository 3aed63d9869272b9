namespace Notify.EdgeHost.Delivery;

/// <summary>Which channels are to be looked at when, with one timer for all. Under the delivery worker only.</summary>
internal sealed class Wakeups : IDisposable
{
    private readonly PriorityQueue<ChannelEntry, TimeSpan> _queue = new();
    private readonly ITimer _timer;
    private TimeSpan? _armedFor;

    /// <param name="clock">The time.</param>
    /// <param name="due">Called on another thread when something is due: has the worker call <see cref="TryTakeDue"/>.</param>
    public Wakeups(TimeProvider clock, Action due) =>
        _timer = clock.CreateTimer(static state => ((Action)state!)(), due, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Sets or moves an entry's time; null: none.</summary>
    public void Set(ChannelEntry entry, TimeSpan? at, TimeSpan now)
    {
        if (entry.Wakeup == at) return;
        entry.Wakeup = at;
        if (at is not { } time) return;
        _queue.Enqueue(entry, time);
        Arm(now);
    }

    /// <summary>Takes an entry whose time has come; false when there is none, and the timer waits for the next.</summary>
    public bool TryTakeDue(TimeSpan now, out ChannelEntry entry)
    {
        while (_queue.TryPeek(out entry!, out var at))
        {
            bool isCurrent = entry.Wakeup == at; // else it was moved since
            if (isCurrent && at > now) break;
            _ = _queue.Dequeue();
            if (!isCurrent) continue;
            entry.Wakeup = null;
            return true;
        }

        _armedFor = null;
        Arm(now);
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Arm(TimeSpan now)
    {
        if (!_queue.TryPeek(out _, out var next) || (_armedFor is { } armed && armed <= next)) return;
        _armedFor = next;

        // Rounded up to whole milliseconds: a timer that fires early would fire again and again.
        var wait = TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling((next - now).TotalMilliseconds)));
        _ = _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
