using Notify.Embedded.Calls;

namespace Notify.Embedded.Activations;

/// <summary>The end: nothing of the grain runs any more, and whatever still waits goes elsewhere.</summary>
internal sealed partial class Activation
{
    private async Task EndAsync(Exception? failure)
    {
        DisposeTimers();
        try
        {
            if (GrainInstance is IAsyncDisposable asyncDisposable)
                await asyncDisposable.DisposeAsync();
            else
                (GrainInstance as IDisposable)?.Dispose();
        }
        catch (Exception exception)
        {
            Silo.Log.DeactivationFailed(GrainId, exception);
        }

        // First, so that whoever finds this activation over does not find it again.
        Silo.Forget(this);
        CallQueue interleaving, waiting;
        TaskCompletionSource? over;
        lock (this)
        {
            (interleaving, waiting) = (_interleaving, _waiting);
            _interleaving = _waiting = default;
            over = _rare?.Over;
            _state = State.Over;
        }

        GrainInstance = null;
        while ((interleaving.Dequeue() ?? waiting.Dequeue()) is { } call)
        {
            if (call.IsLocal)
                continue;
            if (failure is null)
                Silo.HandOver(call, GrainClass, Key);
            else
                call.Fail(failure);
        }

        over?.SetResult();
    }
}
