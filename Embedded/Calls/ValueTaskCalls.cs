using System.Diagnostics.CodeAnalysis;

namespace Notify.Embedded.Calls;

internal abstract class ValueTaskCall<T> : AnswerCall<T>
{
    private T? _value;

    public ValueTask<T> Result =>
        Promised is { } promised ? new(promised) : Method is Task<T> method ? new(method) : new(_value!);

    [SuppressMessage("Design", "CA1031", Justification = "It goes to the caller.")]
    public sealed override bool Run(object target)
    {
        try
        {
            var method = Invoke(target);
            if (method.IsCompletedSuccessfully)
            {
                _value = method.GetAwaiter().GetResult();
                return true;
            }

            Method = method.AsTask();
            return Method.IsCompleted;
        }
        catch (Exception exception)
        {
            Method = Task.FromException<T>(exception);
            return true;
        }
    }

    protected abstract ValueTask<T> Invoke(object target);

    protected sealed override void Transfer(TaskCompletionSource<T> promise)
    {
        if (Method is Task<T> method)
            promise.TrySetFromTask(method);
        else
            promise.TrySetResult(_value!);
    }
}

internal abstract class ValueTaskCall : AnswerCall<bool>
{
    public ValueTask Result => Promised is { } promised ? new(promised) : Method is null ? default : new(Method);

    [SuppressMessage("Design", "CA1031", Justification = "It goes to the caller.")]
    public sealed override bool Run(object target)
    {
        try
        {
            var method = Invoke(target);
            if (method.IsCompletedSuccessfully)
                return true;
            Method = method.AsTask();
            return Method.IsCompleted;
        }
        catch (Exception exception)
        {
            Method = Task.FromException(exception);
            return true;
        }
    }

    protected abstract ValueTask Invoke(object target);

    protected sealed override void Transfer(TaskCompletionSource<bool> promise) =>
        TaskCall.Transfer(Method ?? Task.CompletedTask, promise);
}

/// <summary>A method without a task: always one-way.</summary>
internal abstract class VoidCall : AnswerCall<bool>
{
    [SuppressMessage("Design", "CA1031", Justification = "Answer logs it.")]
    public sealed override bool Run(object target)
    {
        try
        {
            Invoke(target);
        }
        catch (Exception exception)
        {
            Method = Task.FromException(exception);
        }

        return true;
    }

    protected abstract void Invoke(object target);

    protected sealed override void Transfer(TaskCompletionSource<bool> promise)
    {
    }
}
