using Notify.Embedded.Timers;

namespace Notify.Embedded.Activations;

/// <summary>The timers of an activation.</summary>
internal sealed partial class Activation
{
    public void Add(GrainTimer timer)
    {
        lock (this)
            (RareWithLockHeld().Timers ??= []).Add(timer);
    }

    public void Remove(GrainTimer timer)
    {
        lock (this)
            _ = _rare?.Timers?.Remove(timer);
    }

    private void DisposeTimers()
    {
        GrainTimer[] timers;
        lock (this)
        {
            if (_rare?.Timers is not { } all)
                return;
            timers = [.. all];
        }

        foreach (var timer in timers)
            timer.Dispose();
    }
}
