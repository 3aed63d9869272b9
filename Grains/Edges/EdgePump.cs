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
    private volatile bool _isFlushing;
    private TimeSpan _backoff;

    public KnownEdge Edge => edge;

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
            if (_isFlushing && (!edge.Outbox.HasWaiting || (needsRegistration && registration is null))) return;
            if ((needsRegistration && registration is null) || TakeNext() is not { } batch)
            {
                await edge.Signal.WaitAsync();
                continue;
            }

            await SendAsync(batch, registration, cancellationToken);
        }
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
                Task first = registration is null ? sending : Task.WhenAny(sending, registration.Superseded);
                await first.WaitAsync(options.ConfirmTimeout, time, cancellationToken);
                if (!sending.IsCompleted)
                {
                    Abandon(sending, "superseded");
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
        _ = sending.ContinueWith(
            static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    [LoggerMessage(1301, LogLevel.Warning, "Sending to edge {Edge} failed; the pause before was {Backoff}")]
    private partial void LogSendFailed(EdgeId edge, TimeSpan backoff, Exception failure);
}
