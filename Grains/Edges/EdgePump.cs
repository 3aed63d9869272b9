using Microsoft.Extensions.Logging;
using Notify.Grains.Telemetry;
using Notify.Streams;
using Orleans.Streams;

namespace Notify.Grains.Edges;

/// <summary>
/// Moves what waits for one edge onto its stream: one batch at a time, the same one until it is confirmed, and a beacon when there is
/// nothing else. It never gives an edge up: only the end of the lease ends it.
/// </summary>
internal sealed partial class EdgePump(
    KnownEdge edge,
    IAsyncStream<EdgeBatch> stream,
    bool needsRegistration,
    ISiloMembership membership,
    EdgeOutboxOptions options,
    TimeProvider time,
    SiloMetrics metrics,
    ILogger<EdgePump> logger)
{
    // Unconfirmed batches of a silo that leaves: together no more than an outbox holds by default.
    private const int LeavingLimitBatches = 32;

    private readonly TaskCompletionSource _leave = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _leaving = [];
    private volatile bool _isFlushing;
    private TimeSpan _backoff;

    public KnownEdge Edge => edge;

    /// <summary>
    /// From now on a batch does not wait for the confirmation of the one before: the silo leaves, and the others bring it no answers any
    /// more. Batches keep their order on the way; a lost one shows in the sequence.
    /// </summary>
    public void Leave() => _leave.TrySetResult();

    /// <summary>Ends the pump once nothing waits.</summary>
    public void Flush()
    {
        _isFlushing = true;
        edge.Signal.Set();
    }

    /// <summary>Runs until the edge ends, <see cref="Flush"/> is done or the token is cancelled; never throws.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var wake = cancellationToken.Register(static state => ((KnownEdge)state!).Signal.Set(), edge);
        while (!edge.HasEnded && !cancellationToken.IsCancellationRequested)
        {
            var registration = edge.Registration;
            if (_isFlushing && (!edge.Outbox.HasWaiting || (needsRegistration && registration is null))) break;
            if ((needsRegistration && registration is null) || TakeNext() is not { } batch)
            {
                await edge.Signal.WaitAsync();
                continue;
            }

            if (_leave.Task.IsCompleted) await SendLeavingAsync(batch, cancellationToken);
            else await SendAsync(batch, registration, cancellationToken);
        }

        // Nobody may confirm these; they have at least until the flush is over to get out.
        await Task.WhenAll(_leaving).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private EdgeBatch? TakeNext()
    {
        var silos = membership.AliveSilos;
        return edge.Outbox.Next(silos)
            ?? (edge.TakeBeaconRequest() && membership.IsConfirmed ? edge.Outbox.Beacon(silos) : null);
    }

    private async Task SendAsync(EdgeBatch batch, EdgeRegistration? registration, CancellationToken cancellationToken)
    {
        var sending = Task.CompletedTask;
        edge.Heard();
        try
        {
            sending = stream.OnNextAsync(batch);
            if (!sending.IsCompleted)
            {
                Task first = registration is null ? Task.WhenAny(sending, _leave.Task) : Task.WhenAny(sending, registration.Superseded, _leave.Task);
                await first.WaitAsync(options.ConfirmTimeout, time, cancellationToken);
                if (!sending.IsCompleted)
                {
                    Abandon(sending, _leave.Task.IsCompleted ? "leaving" : "superseded");
                    return;
                }
            }

            await sending;
            edge.Outbox.Confirm(batch.LastSequence);
            metrics.Confirmed();
            _backoff = TimeSpan.Zero;
        }
        catch (Exception) when (!sending.IsCompleted)
        {
            // Not confirmed in time, or the silo stops: the edge may have it all the same. The next round sends the same batch again.
            Abandon(sending, "timeout");
        }
        catch (EdgeNotSubscribedException)
        {
            metrics.Unconfirmed("not_subscribed");
        }
        catch (Exception failure)
        {
            // Whatever the way to the edge threw: it says nothing about the edge, so go on until the lease ends.
            metrics.Unconfirmed("failure");
            LogSendFailed(edge.Id, _backoff, failure);
            await BackOffAsync(registration, cancellationToken);
        }
    }

    private async Task SendLeavingAsync(EdgeBatch batch, CancellationToken cancellationToken)
    {
        edge.Heard();
        if (_leaving.RemoveAll(sending => sending.IsCompleted) == 0 && _leaving.Count >= LeavingLimitBatches)
        {
            // The batch stays in the outbox and comes again.
            Task some = Task.WhenAny(_leaving);
            await some.WaitAsync(options.ConfirmTimeout, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        var sending = SendOnceAsync(batch);
        Observe(sending);
        _leaving.Add(sending);
        edge.Outbox.Confirm(batch.LastSequence);
    }

    private async Task SendOnceAsync(EdgeBatch batch) => await stream.OnNextAsync(batch);

    // A new registration is news about the way to the edge: it ends the pause.
    private async Task BackOffAsync(EdgeRegistration? registration, CancellationToken cancellationToken)
    {
        var first = options.BackoffLimit / 100;
        _backoff = _backoff < first ? first : _backoff * 2 < options.BackoffLimit ? _backoff * 2 : options.BackoffLimit;
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(_backoff, time, pause.Token);
        _ = registration is null ? await Task.WhenAny(delay) : await Task.WhenAny(delay, registration.Superseded);
        await pause.CancelAsync();
    }

    private void Abandon(Task sending, string cause)
    {
        metrics.Unconfirmed(cause);
        Observe(sending);
    }

    private static void Observe(Task sending) =>
        _ = sending.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    [LoggerMessage(1301, LogLevel.Warning, "Sending to edge {Edge} failed; the pause before was {Backoff}")]
    private partial void LogSendFailed(EdgeId edge, TimeSpan backoff, Exception failure);
}
