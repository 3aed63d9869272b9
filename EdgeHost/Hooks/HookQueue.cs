using System.Threading.Channels;
using Notify.EdgeHost.Telemetry;

namespace Notify.EdgeHost.Hooks;

/// <summary>
/// What waits for one hook, told one after the other by a loop of its own. Posting never waits: when too much waits the oldest is dropped
/// and counted.
/// </summary>
internal sealed class HookQueue
{
    private readonly Channel<ConnectionEvent> _waiting;
    private readonly Func<ConnectionEvent, CancellationToken, Task> _tell;
    private readonly string _name;
    private readonly HookMetrics _metrics;
    private readonly ILogger _logger;
    private bool _isDropping; // so that the log is told of the first only

    /// <param name="name">For the log.</param>
    /// <param name="tell">Tells one event; its failures are logged, and do not end the loop.</param>
    public HookQueue(string name, int limit, Func<ConnectionEvent, CancellationToken, Task> tell, HookMetrics metrics, ILogger logger)
    {
        (_name, _tell, _metrics, _logger) = (name, tell, metrics, logger);
        _waiting = Channel.CreateBounded<ConnectionEvent>(
            new BoundedChannelOptions(limit) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest }, _ => OnDropped());
    }

    /// <summary>How many wait.</summary>
    public int Count => _waiting.Reader.Count;

    /// <summary>Takes an event.</summary>
    public void Post(ConnectionEvent said) => _ = _waiting.Writer.TryWrite(said);

    /// <summary>Takes nothing more; the loop ends with what waits.</summary>
    public void Complete() => _ = _waiting.Writer.TryComplete();

    /// <summary>Tells what comes until <see cref="Complete"/>, or until cancelled: then what is left is dropped and counted.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield(); // not on the thread of the host's start
        while (await _waiting.Reader.WaitToReadAsync(CancellationToken.None))
        {
            while (_waiting.Reader.TryRead(out var next))
            {
                if (cancellationToken.IsCancellationRequested) _metrics.Dropped("stopped");
                else await TellAsync(next, cancellationToken);
            }

            _isDropping = false;
        }
    }

    private async Task TellAsync(ConnectionEvent next, CancellationToken cancellationToken)
    {
        try
        {
            await _tell(next, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _metrics.Dropped("stopped");
        }
#pragma warning disable CA1031 // What the application's hook throws is its own; the next event is told all the same.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _metrics.Dropped("failed");
            HookLog.Failed(_logger, _name, failure);
        }
    }

    private void OnDropped()
    {
        _metrics.Dropped("full");
        if (_isDropping) return;
        _isDropping = true;
        HookLog.Full(_logger, _name);
    }
}
