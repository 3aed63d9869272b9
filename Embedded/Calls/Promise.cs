namespace Notify.Embedded.Calls;

/// <summary>What a caller waits on while its call is not done; linked into the <see cref="PromisedCalls"/> of its host.</summary>
internal abstract class Promise(Call call)
{
    internal Promise? Earlier, Later;
    internal PromisedCalls.Stripe? Stripe;
    internal long Deadline;

    public Call Call { get; } = call;

    public abstract void Fail(Exception exception);
}

internal sealed class Promise<T>(Call call) : Promise(call)
{
    private CancellationTokenRegistration _cancellation;

    // Not on the thread that completes it: that thread still holds the turn of the called grain.
    public TaskCompletionSource<T> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Orleans lets the caller go at once, and so does this; the method sees the same token.</summary>
    public void CancelWith(CancellationToken token)
    {
        if (token.CanBeCanceled)
            _cancellation = token.UnsafeRegister(
                static (state, token) =>
                {
                    var promise = (Promise<T>)state!;
                    promise.Source.TrySetCanceled(token);
                    PromisedCalls.Remove(promise);
                },
                this);
    }

    public override void Fail(Exception exception)
    {
        Source.TrySetException(exception);
        Kept();
    }

    /// <summary>Nothing needs to watch over it any longer.</summary>
    public void Kept()
    {
        PromisedCalls.Remove(this);
        _ = _cancellation.Unregister();
    }
}
