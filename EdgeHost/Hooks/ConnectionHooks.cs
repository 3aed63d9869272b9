using Microsoft.Extensions.Options;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Telemetry;

namespace Notify.EdgeHost.Hooks;

/// <summary>Tells all hooks of this process what happens to connections. Posting is for the delivery worker, and never waits.</summary>
internal sealed class ConnectionHooks : IHostedService, IDisposable
{
    private readonly HookQueue[] _hooks;
    private readonly (Webhook Webhook, HookQueue[] Lanes)[] _webhooks;
    private readonly TimeSpan _drainLimit;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private Task _loops = Task.CompletedTask;

    public ConnectionHooks(IEnumerable<IConnectionHook> hooks, IOptions<HookOptions> options, TimeProvider clock, HookMetrics metrics, ILogger<ConnectionHooks> logger)
    {
        var settings = options.Value;
        (_drainLimit, _clock) = (settings.DrainLimit, clock);
        _hooks = [.. hooks.Select(h => new HookQueue(h.GetType().Name, settings.WaitingLimitCount, (e, c) => CallAsync(h, e, settings.CallTimeout, c), metrics, logger))];
        _webhooks = [.. settings.Webhooks.Select(w => MakeWebhook(w, settings, metrics, logger))];
        metrics.Watch(() => Queues.Sum(q => q.Count));
    }

    /// <summary>Whether there is anybody to tell.</summary>
    public bool IsAny => _hooks.Length + _webhooks.Length > 0;

    private IEnumerable<HookQueue> Queues => _hooks.Concat(_webhooks.SelectMany(w => w.Lanes));

    /// <summary>A connection is welcomed.</summary>
    public void Connected(Connection connection)
    {
        if (IsAny) Post(new(Notification.NewId(), _clock.GetUtcNow(), connection.Client, null));
    }

    /// <summary>A welcomed connection has left.</summary>
    public void Disconnected(Connection connection)
    {
        if (!IsAny) return;
        var now = _clock.GetUtcNow();
        var end = connection.ClosedBy is { } reason ? new ConnectionEnd(reason.Code, reason.Text, ConnectionEndedBy.Server, now)
            : connection.ClientCloseCode is var code and > 0 ? new(code, "", ConnectionEndedBy.Client, now)
            : new(1006, "the connection broke off", ConnectionEndedBy.Nobody, now);
        Post(new(Notification.NewId(), now, connection.Client, end));
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loops = Task.WhenAll(Queues.Select(q => q.RunAsync(_stop.Token)));
        return Task.CompletedTask;
    }

    /// <summary>Tells what waits, for so long; the edge has drained by now.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var queue in Queues) queue.Complete();
        await _loops.WaitAsync(_drainLimit, _clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stop.CancelAsync();
        await _loops.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Dispose();
        foreach (var (webhook, _) in _webhooks) webhook.Dispose();
    }

    private (Webhook Webhook, HookQueue[] Lanes) MakeWebhook(WebhookOptions options, HookOptions all, HookMetrics metrics, ILogger logger)
    {
        var webhook = new Webhook(options, _clock, metrics, logger);
        int limit = Math.Max(1, all.WaitingLimitCount / options.ConcurrencyCount);
        return (webhook, [.. Enumerable.Range(0, options.ConcurrencyCount).Select(_ => new HookQueue(webhook.Name, limit, webhook.SendAsync, metrics, logger))]);
    }

    private void Post(ConnectionEvent said)
    {
        foreach (var hook in _hooks) hook.Post(said);
        if (_webhooks.Length == 0) return;
        uint lane = (uint)said.Connection.Id.Local.GetHashCode(StringComparison.Ordinal); // a connection's events keep their order
        foreach (var (_, lanes) in _webhooks) lanes[lane % (uint)lanes.Length].Post(said);
    }

    private async Task CallAsync(IConnectionHook hook, ConnectionEvent said, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(limit, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        var call = said.End is null ? hook.ConnectedAsync(said.Connection, either.Token) : hook.DisconnectedAsync(said.Connection, said.End, either.Token);
        await call.WaitAsync(either.Token);
    }
}
