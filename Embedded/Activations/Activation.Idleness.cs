using Orleans;

namespace Notify.Embedded.Activations;

/// <summary>
/// Idleness, in ticks of UTC. A call only marks the activation as used; the collector notes the time when it finds
/// the mark. So an activation goes between its age and its age and two quanta after the last call.
/// </summary>
internal sealed partial class Activation
{
    private long _idleSince;
    private long _keptUntil;

    public void DelayDeactivation(TimeSpan time)
    {
        var now = Silo.Time.GetUtcNow().UtcTicks;
        lock (this)
        {
            if (time == TimeSpan.MaxValue || time == Timeout.InfiniteTimeSpan)
                _keptUntil = long.MaxValue;
            else
                _keptUntil = time <= TimeSpan.Zero ? 0 : now + time.Ticks;
        }
    }

    /// <summary>Begins to deactivate if nothing used the activation for so long.</summary>
    public void CollectIfIdle(long now, TimeSpan age)
    {
        lock (this)
        {
            if (_used || _running > 0 || _turnTaken || _state != State.Valid)
            {
                _used = false;
                _idleSince = now;
                return;
            }

            if (now - _idleSince >= age.Ticks && _keptUntil <= now)
                Deactivate(new(DeactivationReasonCode.ActivationIdle, "This activation has become idle."));
        }
    }
}
