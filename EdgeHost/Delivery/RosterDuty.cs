namespace Notify.EdgeHost.Delivery;

/// <summary>A call that an edge has to make to a channel's roster.</summary>
internal enum RosterCall
{
    Attach = 1,
    Detach = 2,
}

/// <summary>
/// Keeps one channel's roster right about this edge: one call in flight at a time, tried again until it is known to have been applied.
/// Pure; not thread safe.
/// </summary>
/// <remarks>
/// <code>
///            members                    attached                  no members, lingered
///   Away ──────────────▶ call Attach ──────────────▶ Attached ──────────────────────▶ call Detach ──▶ Away
///                          ▲   │ failed: unknown, again ▲  │ silo or activation gone, audit, count changed
///                          └───┘                        └──┘ call Attach
/// </code>
/// </remarks>
internal sealed class RosterDuty(EdgeChannelOptions options)
{
    private readonly List<string> _goneWhileCalling = [];
    private RosterCall? _inFlight;
    private bool _mayBeAttached; // an attach was sent and no detach confirmed since
    private bool _isAttached;
    private bool _mustAttach;
    private bool _countChanged;
    private int _members;
    private TimeSpan _emptySince;
    private TimeSpan _lastCall = TimeSpan.MinValue;
    private TimeSpan _notBefore = TimeSpan.MinValue;
    private TimeSpan _retry;
    private TimeSpan _lateUntil = TimeSpan.MinValue; // until then an attach that was given up can still arrive

    /// <summary>The silo of the activation that the edge is attached to; null when it is to none.</summary>
    public string? Silo { get; private set; }

    /// <summary>The activation that the edge is attached to; null when it is to none.</summary>
    public string? Activation { get; private set; }

    /// <summary>Whether the call under way repeats an attachment: its answer must know the log's own head.</summary>
    public bool VerifyHead { get; private set; }

    /// <summary>Whether the edge has members.</summary>
    public bool HasMembers => _members > 0;

    /// <summary>Nothing to do any more: no members, and no roster can hold this edge.</summary>
    public bool IsFinished => _members == 0 && !_mayBeAttached && _inFlight is null;

    public void SetMembers(int count, TimeSpan now)
    {
        if (count == 0 && _members > 0) _emptySince = now;
        if (count != _members) _countChanged = true;
        if (count > 0 && _members == 0 && _retry == TimeSpan.Zero) _notBefore = now; // a detach that waited is not needed any more
        _members = count;
    }

    /// <summary>The attachment is no longer certain, not even the one that is being made: attach again.</summary>
    public void RequireAttach() => _mustAttach |= _isAttached || _inFlight == RosterCall.Attach;

    /// <summary>Something that this silo sent may be lost: attach again if the attachment is there, or may be about to be.</summary>
    public void OnSiloUncertain(string silo)
    {
        if (Silo == silo || _inFlight == RosterCall.Attach) RequireAttach();
    }

    /// <summary>An activation says that it deactivates. It may say so before its answer to an attach has come.</summary>
    public void OnDeactivated(string? activation)
    {
        if (activation is null) return;
        if (activation == Activation) RequireAttach();
        if (_inFlight == RosterCall.Attach) _goneWhileCalling.Add(activation);
    }

    /// <summary>The call to make now, if any; it counts as in flight until one of the three outcomes is told.</summary>
    public RosterCall? Next(TimeSpan now)
    {
        if (_inFlight is not null || now < _notBefore || Wanted(now) is not { } call) return null;
        _inFlight = call;
        _lastCall = now;
        if (call == RosterCall.Attach)
        {
            _mayBeAttached = true;
            VerifyHead = _mustAttach;
            _mustAttach = false;
            _countChanged = false;
        }
        else
        {
            Leave();
        }

        return call;
    }

    /// <summary>When to ask <see cref="Next"/> again though nothing has happened; null: only when something has.</summary>
    public TimeSpan? NextWakeup(TimeSpan now)
    {
        if (_inFlight is not null) return null;
        if (_members > 0)
        {
            if (!_isAttached || _mustAttach) return Later(now, _notBefore);
            return _countChanged ? Later(Later(now, _notBefore), _lastCall + options.ReportEvery) : null;
        }

        return _mayBeAttached ? Later(Later(now, _notBefore), _emptySince + options.Linger) : null;
    }

    /// <summary>The attach was applied by this activation.</summary>
    public void OnAttached(AttachResult result)
    {
        _inFlight = null;
        _retry = TimeSpan.Zero;
        _isAttached = true;
        Silo = result.Silo;
        Activation = result.Activation;
        if (_goneWhileCalling.Contains(result.Activation)) _mustAttach = true;
        _goneWhileCalling.Clear();
    }

    /// <summary>
    /// The detach was applied. A given up attach may still arrive after it, at an activation that knows of no detach: then once more.
    /// </summary>
    public void OnDetached(TimeSpan now)
    {
        _inFlight = null;
        _retry = TimeSpan.Zero;
        _mayBeAttached = _lastCall < _lateUntil; // it may have been applied as early as it was sent
        if (_mayBeAttached) _notBefore = _lateUntil;
        if (_members > 0) _notBefore = now;
    }

    /// <summary>Nobody knows whether the call was applied.</summary>
    public void OnFailed(TimeSpan now)
    {
        if (_inFlight == RosterCall.Attach)
        {
            _mustAttach = true;
            _lateUntil = now + options.LateCallLife;
        }

        _inFlight = null;
        _goneWhileCalling.Clear();
        _retry = _retry == TimeSpan.Zero ? options.RetryFirst : Earlier(_retry * 2, options.RetryMost);
        _notBefore = now + _retry;
    }

    private RosterCall? Wanted(TimeSpan now)
    {
        if (_members > 0)
        {
            if (!_isAttached || _mustAttach) return RosterCall.Attach;
            bool isReportDue = _countChanged && (options.ReportEvery == TimeSpan.Zero || now >= _lastCall + options.ReportEvery);
            return isReportDue ? RosterCall.Attach : null;
        }

        return _mayBeAttached && now >= _emptySince + options.Linger ? RosterCall.Detach : null;
    }

    private void Leave()
    {
        _isAttached = false;
        _mustAttach = false;
        Silo = null;
        Activation = null;
    }

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Earlier(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
