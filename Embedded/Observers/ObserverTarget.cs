using Microsoft.Extensions.Logging;
using Notify.Embedded.Activations;
using Notify.Embedded.Calls;
using Orleans;
using Orleans.Runtime;

namespace Notify.Embedded.Observers;

/// <summary>
/// An object that grains call. Its calls run on threads of the pool, in order and one at a time, never on the
/// thread of the caller: the object may hold a lock while it calls a grain that calls it.
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
