using Notify.Embedded.Activations;
using Orleans.Runtime;

namespace Notify.Embedded.Calls;

/// <summary>
/// One call of one method: its arguments, the task the method gave, and, only if the answer was not there at
/// once, the promise the caller waits on. A call that completes within <see cref="Run"/> costs this object alone.
/// </summary>
internal abstract class Call
{
    /// <summary>Link in the queue of its activation or observer.</summary>
    internal Call? Next;

    /// <summary>How often it was handed over to the next activation.</summary>
    internal byte HandOvers;

    public abstract CallInfo Info { get; }

    /// <summary>The token among the arguments.</summary>
    public virtual CancellationToken Token => default;

    /// <summary>The caller no longer waits: it timed out, gave up or its host stopped.</summary>
    public virtual bool IsAbandoned => false;

    /// <summary>Meant for this activation alone: a tick of its timer.</summary>
    public virtual bool IsLocal => false;

    /// <summary>Runs the method up to its first incomplete await. True: it is done. Never throws.</summary>
    public abstract bool Run(object target);

    /// <summary>Has <see cref="ICallOwner.Completed"/> called once the method is done. Only after <see cref="Run"/> gave false.</summary>
    public abstract void WhenDone(ICallOwner owner);

    /// <summary>Hands the result to the promise, if there is one. Gives the error that nobody else hears of.</summary>
    public abstract Exception? Answer();

    /// <summary>From now on the caller waits on a promise; must be called before another thread sees the call.</summary>
    public abstract void Promise(PromisedCalls promises);

    /// <summary>Breaks the promise. Without one the call is one-way and nobody hears of it.</summary>
    public abstract void Fail(Exception exception);

    protected static void ContinueWith(Task task, Call call, ICallOwner owner) =>
        // Synchronously: the last turn of the method does the book-keeping too, without another hop.
        task.ContinueWith(
            static (_, state) =>
            {
                var (call, owner) = ((Call, ICallOwner))state!;
                owner.Completed(call);
            },
            (call, owner),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
}

/// <summary>Whoever runs calls and hears when one that took longer is done.</summary>
internal interface ICallOwner
{
    void Completed(Call call);
}

/// <summary>Where a reference sends its calls.</summary>
internal abstract class CallTarget(HostClient client)
{
    public HostClient Client { get; } = client;

    public abstract GrainId GrainId { get; }

    /// <summary>Takes the call on: when it returns, the call is done, promised or one-way. Never throws.</summary>
    public abstract void Send(Call call);

    /// <summary>Time-outs are those of the caller: the grain that makes the call, or the host of the reference.</summary>
    protected PromisedCalls CallerPromises => Activation.Current?.Silo.Promises ?? Client.Promises;
}
