using Microsoft.Extensions.Options;

namespace Notify.EdgeHost.Messages;

/// <summary>
/// Threads of the handlers' own, made as they are needed: a handler that blocks takes none from the pool, on which deliveries, reads
/// and pings run. What a handler does after an await comes back here.
/// </summary>
internal sealed class MessageThreads : TaskScheduler, IDisposable
{
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);

    [ThreadStatic]
    private static MessageThreads? _ofThread;

    private readonly object _gate = new(); // Monitor: its threads wait on it
    private readonly Queue<Task> _waiting = [];
    private readonly int _limit;
    private int _threads;
    private int _idle;
    private bool _isEnded;

    public MessageThreads(IOptions<MessageOptions> options) => _limit = options.Value.ThreadsLimitCount;

    /// <inheritdoc/>
    public override int MaximumConcurrencyLevel => _limit;

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isEnded = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <inheritdoc/>
    protected override void QueueTask(Task task)
    {
        lock (_gate)
        {
            _waiting.Enqueue(task);
            if (_waiting.Count <= _idle || _threads == _limit)
            {
                Monitor.Pulse(_gate);
                return;
            }

            _threads++;
        }

        new Thread(Run) { IsBackground = true, Name = "Notify messages" }.Start();
    }

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => _ofThread == this && TryExecuteTask(task);

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_gate) return [.. _waiting];
    }

    private void Run()
    {
        _ofThread = this;
        while (Next() is { } task) _ = TryExecuteTask(task);
    }

    private Task? Next()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_waiting.TryDequeue(out var task)) return task;
                _idle++;
                bool isPulsed = !_isEnded && Monitor.Wait(_gate, IdleLimit);
                _idle--;
                if ((isPulsed && !_isEnded) || _waiting.Count > 0) continue;
                _threads--;
                return null;
            }
        }
    }
}
