using Notify.Embedded.Calls;

namespace Notify.Embedded.Activations;

/// <summary>Calls: which of them may run beside which others.</summary>
internal sealed partial class Activation
{
    // What interleaves never waits for what does not, so each waits in a queue of its own.
    private CallQueue _interleaving;
    private CallQueue _waiting;
    private bool _waitingIsNext;
    private Call? _blocking;
    private int _running;

    /// <summary>Set by each call, taken by the collector; cheaper than asking for the time.</summary>
    private bool _used = true;

    /// <summary>Takes the call on, unless this activation is over.</summary>
    public bool TryAccept(Call call, PromisedCalls promises)
    {
        // An own flow of execution context that is suppressed could not be restored.
        var info = call.Info;
        if (!info.OneWay && Turn.MayNest && !ExecutionContext.IsFlowSuppressed() && TryBegin(call))
        {
            RunHere(call, promises);
            return true;
        }

        call.Promise(promises);
        lock (this)
        {
            if (_state == State.Over)
                return false;
            if (Interleaves(call))
                _interleaving.Enqueue(call);
            else
                _waiting.Enqueue(call);
            if (_turnTaken || !HasWorkWithLockHeld())
                return true;
            _turnTaken = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        return true;
    }

    /// <summary>A call that took longer is done.</summary>
    public void Completed(Call call)
    {
        var wake = false;
        lock (this)
        {
            EndWithLockHeld(call);
            if (!_turnTaken && HasWorkWithLockHeld())
                wake = _turnTaken = true;
        }

        if (!call.IsAbandoned && call.Answer() is { } unheard)
            Silo.Log.CallFailedUnheard(call.Info, unheard);
        if (wake)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    private bool Interleaves(Call call) => call.Info.AlwaysInterleaves || GrainClass.IsReentrant;

    private bool TryBegin(Call call)
    {
        lock (this)
        {
            if (_turnTaken || _state != State.Valid || _lastContinuation is not null
                || !(Interleaves(call) ? _interleaving.IsEmpty : _waiting.IsEmpty && MayRunWithLockHeld(call)))
                return false;
            _turnTaken = true;
            BeginWithLockHeld(call);
            return true;
        }
    }

    private void RunHere(Call call, PromisedCalls promises)
    {
        bool done;
        using (Turn.Begin(this))
            done = call.Run(GrainInstance!);

        if (!done)
        {
            call.Promise(promises);
            call.WhenDone(this);
            PassTurnOn();
            return;
        }

        var wake = true;
        lock (this)
        {
            EndWithLockHeld(call);
            if (!HasWorkWithLockHeld())
                wake = _turnTaken = false;
        }

        // Promised already if it first met an activation that was over.
        _ = call.Answer();
        if (wake)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    private void RunCall(Call call)
    {
        // A call whose caller has given up while it waited is not run at all.
        if (call.IsAbandoned || call.Run(GrainInstance!))
            Completed(call);
        else
            call.WhenDone(this);
    }

    private bool MayRunWithLockHeld(Call call) =>
        _blocking is null || (_blocking.Info.ReadOnly && call.Info.ReadOnly);

    private bool CanTakeCallWithLockHeld() =>
        _state == State.Valid
        && (!_interleaving.IsEmpty || (_waiting.Head is { } head && MayRunWithLockHeld(head)));

    private Call? TakeCallWithLockHeld()
    {
        if (!CanTakeCallWithLockHeld())
            return null;

        // By turns, so that neither kind starves the other.
        _waitingIsNext = !_waitingIsNext && _waiting.Head is { } head && MayRunWithLockHeld(head);
        var call = (_waitingIsNext || _interleaving.IsEmpty ? _waiting.Dequeue() : _interleaving.Dequeue())!;
        BeginWithLockHeld(call);
        return call;
    }

    private void BeginWithLockHeld(Call call)
    {
        _running++;
        if (_blocking is null && !Interleaves(call))
            _blocking = call;
    }

    private void EndWithLockHeld(Call call)
    {
        _running--;
        _used |= call.Info.KeepsAlive;
        if (_blocking == call)
            _blocking = null;
    }
}
