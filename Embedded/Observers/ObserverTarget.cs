using Microsoft.Extensions.Logging;
using Notify.Embedded.Activations;
using Notify.Embedded.Calls;
using Orleans;
using Orleans.Runtime;

namespace Notify.Embedded.Observers;

/// <summary>
/// An object that grains call. Its calls run in order and one at a time: those of a grain on threads of the pool, never
/// on the grain's thread, for the object may hold a lock while it calls a grain that calls it; those of code outside
/// grains at once on the caller's thread when nothing else runs or waits.
/// </summary>
internal sealed partial class ObserverTarget(HostClient client, IGrainObserver observer) : CallTarget(client), ICallOwner, IThreadPoolWorkItem
{
    private readonly WeakReference<IGrainObserver> _observer = new(observer);
    private readonly string _id = Guid.NewGuid().ToString("N");
    private CallQueue _waiting;
    private bool _running;
    private volatile bool _deleted;

    public override GrainId GrainId => new(new("observer"), new(_id));

    public void Delete() => _deleted = true;

    public override void Send(Call call)
    {
        if (TryRunHere(call))
            return;
        call.Promise(CallerPromises);
        if (Client.IsStopped)
        {
            call.Fail(new ClientNotAvailableException($"The host of {GrainId} has stopped: {call.Info} cannot reach it."));
            return;
        }

        if (call.Info.AlwaysInterleaves)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static alone => alone.Run(), new Alone(this, call), preferLocal: true);
            return;
        }

        lock (_observer)
        {
            _waiting.Enqueue(call);
            if (_running)
                return;
            _running = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    public void Execute()
    {
        while (true)
        {
            Call? call;
            lock (_observer)
            {
                call = _waiting.Dequeue();
                if (call is null)
                {
                    _running = false;
                    return;
                }
            }

            if (!Run(call, this))
                return;
        }
    }

    public void Completed(Call call)
    {
        Answer(call);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    /// <summary>Runs the call of code outside grains without a hop to another thread and, if it is done at once, without a promise.</summary>
    private bool TryRunHere(Call call)
    {
        if (Activation.Current is not null || call.Info.OneWay || call.Info.AlwaysInterleaves || Client.IsStopped || _deleted
            || !Turn.MayNest || ExecutionContext.IsFlowSuppressed() || !_observer.TryGetTarget(out var target))
            return false;
        lock (_observer)
        {
            if (_running)
                return false;
            _running = true;
        }

        bool done;
        using (Turn.BeginOutside())
            done = call.Run(target);
        if (!done)
        {
            call.Promise(CallerPromises);
            call.WhenDone(this);
            return true;
        }

        lock (_observer)
        {
            if (_waiting.IsEmpty)
            {
                _running = false;
                return true;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        return true;
    }

    private bool Run(Call call, ICallOwner owner)
    {
        if (call.IsAbandoned)
            return true;
        if (_deleted || !_observer.TryGetTarget(out var target))
        {
            // As on Orleans: nothing answers, the caller times out.
            LogGone(Client.Logger, GrainId, call.Info);
            return true;
        }

        if (call.Run(target))
        {
            Answer(call);
            return true;
        }

        call.WhenDone(owner);
        return false;
    }

    private void Answer(Call call)
    {
        if (call.Answer() is { } unheard)
            LogUnheard(Client.Logger, unheard, call.Info);
    }

    [LoggerMessage(9006, LogLevel.Warning, "{Observer} is deleted or collected: {Method} is dropped.")]
    private static partial void LogGone(ILogger logger, GrainId observer, CallInfo method);

    [LoggerMessage(9007, LogLevel.Error, "{Method} failed, and no caller hears of it.")]
    private static partial void LogUnheard(ILogger logger, Exception exception, CallInfo method);

    /// <summary>A call that waits for no other and that no other waits for.</summary>
    private sealed class Alone(ObserverTarget target, Call call) : ICallOwner
    {
        public void Run() => target.Run(call, this);

        public void Completed(Call call) => target.Answer(call);
    }
}
