using System.Diagnostics.CodeAnalysis;

namespace Notify.Embedded.Calls;

/// <summary>A call whose answer carries a <typeparamref name="T"/>.</summary>
internal abstract class AnswerCall<T> : Call
{
    private Promise<T>? _promise;

    public sealed override bool IsAbandoned => _promise is { Source.Task.IsCompleted: true };

    protected Task? Method { get; set; }

    protected Task<T>? Promised => _promise?.Source.Task;

    public sealed override void Promise(PromisedCalls promises)
    {
        if (_promise is not null || Info.OneWay)
            return;
        _promise = new(this);
        promises.Add(_promise);
        _promise.CancelWith(Token);
    }

    public sealed override void Fail(Exception exception) => _promise?.Fail(exception);

    public sealed override void WhenDone(ICallOwner owner) => ContinueWith(Method!, this, owner);

    public sealed override Exception? Answer()
    {
        if (_promise is not { } promise)
            return Info.OneWay ? Method?.Exception?.GetBaseException() : null;

        // The method may see the token before the promise does; a caller that has given up gets no answer any more.
        if (Token.IsCancellationRequested)
            promise.Source.TrySetCanceled(Token);
        else
            Transfer(promise.Source);
        promise.Kept();
        return null;
    }

    protected abstract void Transfer(TaskCompletionSource<T> promise);
}

internal abstract class TaskCall<T> : AnswerCall<T>
{
    public Task<T> Result => Promised ?? (Task<T>)Method!;

    [SuppressMessage("Design", "CA1031", Justification = "It goes to the caller.")]
    public sealed override bool Run(object target)
    {
        try
        {
            Method = Invoke(target);
            return Method.IsCompleted;
        }
        catch (Exception exception)
        {
            Method = Task.FromException<T>(exception);
            return true;
        }
    }

    protected abstract Task<T> Invoke(object target);

    protected sealed override void Transfer(TaskCompletionSource<T> promise) => promise.TrySetFromTask((Task<T>)Method!);
}

internal abstract class TaskCall : AnswerCall<bool>
{
    public Task Result => Promised ?? Method!;

    [SuppressMessage("Design", "CA1031", Justification = "It goes to the caller.")]
    public sealed override bool Run(object target)
    {
        try
        {
            Method = Invoke(target);
            return Method.IsCompleted;
        }
        catch (Exception exception)
        {
            Method = Task.FromException(exception);
            return true;
        }
    }

    internal static void Transfer(Task method, TaskCompletionSource<bool> promise)
    {
        if (method.IsCompletedSuccessfully)
            promise.TrySetResult(true);
        else if (method.Exception is { } exception)
            promise.TrySetException(exception.InnerExceptions);
        else
            promise.TrySetCanceled();
    }

    protected abstract Task Invoke(object target);

    protected sealed override void Transfer(TaskCompletionSource<bool> promise) => Transfer(Method!, promise);
}
