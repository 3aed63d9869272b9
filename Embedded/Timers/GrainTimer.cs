using Notify.Embedded.Activations;
using Notify.Embedded.Calls;
using Orleans.Runtime;

namespace Notify.Embedded.Timers;

/// <summary>
/// A timer of a grain. A tick is a call that the grain makes to itself, so it obeys the same rules; the clock is
/// wound again only when the tick is done.
/// </summary>
internal sealed class GrainTimer : IGrainTimer
{
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly CancellationTokenSource _disposed = new();
    private readonly Tick _tick;
    private readonly ITimer _clock;
    private TimeSpan _next;
    private TimeSpan _period;
    private bool _ticking;
    private bool _changed;

    private GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        _activation = activation;
        _callback = callback;
        _tick = new(this, new("IGrainTimer.Tick") { AlwaysInterleaves = options.Interleave, KeepsAlive = options.KeepAlive, OneWay = true });
        using (ExecutionContext.SuppressFlow())
            _clock = activation.Silo.Time.CreateTimer(
                static state => ((GrainTimer)state!).Due(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public static GrainTimer Start(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        var timer = new GrainTimer(activation, callback, options);
        activation.Add(timer);
        timer.Change(options.DueTime, options.Period);
        return timer;
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Validate(dueTime, nameof(dueTime));
        Validate(period, nameof(period));
        lock (_tick)
        {
            _next = dueTime;
            _period = period;
            _changed = true;
            if (!_ticking)
                Wind(dueTime);
        }
    }

    public void Dispose()
    {
        try
        {
            _disposed.Cancel();
        }
        catch (AggregateException exception)
        {
            // Of whoever registered on the token; the timer ends all the same.
            _activation.Silo.Log.TickFailed(_activation.GrainId, exception);
        }

        _clock.Dispose();
        _activation.Remove(this);
    }

    private static void Validate(TimeSpan time, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan((long)time.TotalMilliseconds, -1, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)time.TotalMilliseconds, uint.MaxValue - 1, name);
    }

    private void Due()
    {
        lock (_tick)
        {
            if (_ticking)
                return;
            _ticking = true;
        }

        // Not accepted: the activation is over, and so is the timer.
        _activation.TryAccept(_tick, _activation.Silo.Promises);
    }

    private void Done(Exception? failure)
    {
        if (failure is not null)
            _activation.Silo.Log.TickFailed(_activation.GrainId, failure);
        lock (_tick)
        {
            _ticking = false;
            Wind(_changed ? _next : _period);
        }
    }

    private void Wind(TimeSpan due)
    {
        try
        {
            _clock.Change(due, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // The timer ended at this moment.
        }
    }

    private sealed class Tick(GrainTimer timer, CallInfo info) : TaskCall
    {
        public override CallInfo Info => info;

        public override bool IsLocal => true;

        protected override Task Invoke(object target)
        {
            timer._changed = false;
            return timer._disposed.IsCancellationRequested ? Task.CompletedTask : TickAsync();
        }

        // Never fails: a failed tick is no error of a call.
        private async Task TickAsync()
        {
            Exception? failure = null;
            try
            {
                await timer._callback(timer._disposed.Token);
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            timer.Done(failure);
        }
    }
}
