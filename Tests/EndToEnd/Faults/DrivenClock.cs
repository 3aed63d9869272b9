using Notify.Tests.Time;

namespace Notify.Tests.EndToEnd.Faults;

/// <summary>A clock driven by hand in step with the real one, but for the time that it sleeps; when it wakes up, that has passed at once.</summary>
internal sealed class DrivenClock : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _driving;
    private volatile bool _isAsleep;

    public DrivenClock() => _driving = DriveAsync();

    public TimeProvider Time => _time;

    public void Sleep() => _isAsleep = true;

    public void WakeUp() => _isAsleep = false;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _driving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task DriveAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        long last = TimeProvider.System.GetTimestamp();
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            if (_isAsleep) continue;
            long now = TimeProvider.System.GetTimestamp();
            _time.Advance(TimeProvider.System.GetElapsedTime(last, now));
            last = now;
        }
    }
}
