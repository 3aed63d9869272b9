using Notify.Embedded.Calls;

namespace Notify.Embedded.Activations;

/// <summary>
/// Turns: whoever sets <see cref="_turnTaken"/> runs the grain's code, alone, until it finds nothing more to do.
/// Either the thread of the caller takes the turn, for one call to an idle grain, or a thread of the pool does, for
/// all that waits.
/// </summary>
internal sealed partial class Activation
{
    // After so many items the pool gets its thread back for a moment, so that one grain cannot keep it.
    private const int ItemsPerRun = 64;

    private bool _turnTaken;
    private Continuation? _lastContinuation;

    /// <summary>What follows an await.</summary>
    public override void Post(SendOrPostCallback d, object? state)
    {
        var continuation = new Continuation(d, state);
        lock (this)
        {
            continuation.Next = _lastContinuation?.Next ?? continuation;
            _lastContinuation?.Next = continuation;
            _lastContinuation = continuation;
            if (_turnTaken)
                return;
            _turnTaken = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    void IThreadPoolWorkItem.Execute()
    {
        using var turn = Turn.Begin(this);
        for (var items = 0; items < ItemsPerRun; items++)
        {
            var preferCall = (items & 1) != 0;
            Continuation? continuation;
            Call? call = null;
            var work = Work.None;
            lock (this)
            {
                continuation = preferCall && (call = TakeCallWithLockHeld()) is not null ? null : TakeContinuationWithLockHeld();
                if (continuation is null && call is null && (call = TakeCallWithLockHeld()) is null)
                {
                    work = TakeWorkWithLockHeld();
                    if (work == Work.None)
                    {
                        _turnTaken = false;
                        return;
                    }
                }
            }

            if (continuation is not null)
                continuation.Run();
            else if (call is not null)
                RunCall(call);
            else if (work == Work.Activate)
                _ = ActivateAsync();
            else
                _ = DeactivateAsync();
            Turn.ResetExecutionContext();
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void PassTurnOn()
    {
        lock (this)
        {
            if (!HasWorkWithLockHeld())
            {
                _turnTaken = false;
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    private void WakeUp()
    {
        lock (this)
        {
            if (_turnTaken || !HasWorkWithLockHeld())
                return;
            _turnTaken = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    private bool HasWorkWithLockHeld() =>
        _lastContinuation is not null || CanTakeCallWithLockHeld() || NextWorkWithLockHeld() != Work.None;

    private Continuation? TakeContinuationWithLockHeld()
    {
        if (_lastContinuation is not { } last)
            return null;
        var first = last.Next!;
        if (first == last)
            _lastContinuation = null;
        else
            last.Next = first.Next;
        return first;
    }

    private sealed class Continuation(SendOrPostCallback callback, object? state)
    {
        internal Continuation? Next;

        public void Run() => callback(state);
    }
}
