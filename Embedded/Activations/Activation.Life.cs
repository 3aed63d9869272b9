using Orleans;

namespace Notify.Embedded.Activations;

/// <summary>
/// Life: New → Activating → Valid → Ending → Over. Calls run while Valid; before that they wait, while Ending they
/// wait for the next activation.
/// </summary>
internal sealed partial class Activation
{
    private State _state;

    /// <summary>OnActivateAsync or OnDeactivateAsync is under way.</summary>
    private bool _changing;

    private Rare? _rare;

    private enum State : byte
    {
        New,
        Activating,
        Valid,
        Ending,
        Over,
    }

    private enum Work : byte
    {
        None,
        Activate,
        Deactivate,
    }

    public Task Deactivated
    {
        get
        {
            lock (this)
                return _state == State.Over ? Task.CompletedTask : (RareWithLockHeld().Over ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (this)
        {
            if (_state is State.Ending or State.Over)
                return;
            RareWithLockHeld().Reason = deactivationReason;
            _rare!.WasValid = _state == State.Valid;
            _state = State.Ending;
        }

        WakeUp();
    }

    private Work NextWorkWithLockHeld() => _state switch
    {
        State.New when !(_interleaving.IsEmpty && _waiting.IsEmpty) => Work.Activate,
        State.Ending when !_changing && _running == 0 => Work.Deactivate,
        _ => Work.None,
    };

    private Work TakeWorkWithLockHeld()
    {
        var work = NextWorkWithLockHeld();
        if (work == Work.Activate)
            _state = State.Activating;
        _changing |= work != Work.None;
        return work;
    }

    private async Task ActivateAsync()
    {
        Exception? failure = null;
        try
        {
            GrainInstance = GrainClass.Create(this);
            if (GrainInstance is IGrainBase grain)
                await BoundedAsync(grain.OnActivateAsync, Silo.Collection.ActivationTimeout);
        }
        catch (Exception exception)
        {
            // Whatever it is: the waiting calls fail with it, and the next call tries anew.
            failure = exception;
            Silo.Log.ActivationFailed(GrainId, exception);
        }

        lock (this)
        {
            // After a failure it stays under way until the end.
            _changing = failure is not null;
            if (failure is not null)
                _state = State.Ending;
            else if (_state == State.Activating)
                _state = State.Valid;
        }

        if (failure is not null)
            await EndAsync(failure);
        WakeUp();
    }

    private async Task DeactivateAsync()
    {
        DisposeTimers();
        if (_rare!.WasValid && GrainInstance is IGrainBase grain)
        {
            try
            {
                var reason = _rare.Reason;
                await BoundedAsync(cancellation => grain.OnDeactivateAsync(reason, cancellation), Silo.Collection.DeactivationTimeout);
            }
            catch (Exception exception)
            {
                // The activation ends all the same.
                Silo.Log.DeactivationFailed(GrainId, exception);
            }
        }

        await EndAsync(failure: null);
    }

    private async Task BoundedAsync(Func<CancellationToken, Task> life, TimeSpan limit)
    {
        using var cancellation = new CancellationTokenSource();
        var task = life(cancellation.Token);
        if (task.IsCompletedSuccessfully)
            return;
        try
        {
            await task.WaitAsync(limit, Silo.Time);
        }
        catch (TimeoutException)
        {
            await cancellation.CancelAsync();
            throw;
        }
    }

    private Rare RareWithLockHeld() => _rare ??= new();

    /// <summary>What most activations never need.</summary>
    private sealed class Rare
    {
        internal HashSet<Timers.GrainTimer>? Timers;
        internal TaskCompletionSource? Over;
        internal DeactivationReason Reason;
        internal bool WasValid;
    }
}
