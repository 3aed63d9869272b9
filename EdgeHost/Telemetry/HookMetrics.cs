using System.Diagnostics.Metrics;

namespace Notify.EdgeHost.Telemetry;

/// <summary>What hooks were told, in the meter "Notify.Edge".</summary>
internal sealed class HookMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _dropped;

    public HookMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(EdgeMetrics.MeterName);
        _attempts = _meter.CreateCounter<long>("notify.edge.webhook.attempts", "{request}", "Requests to webhooks, by outcome.");
        _dropped = _meter.CreateCounter<long>("notify.edge.hook.dropped", "{event}", "Events that a hook was not told, by cause: full, failed, refused, given_up, stopped.");
    }

    public void Watch(Func<int> waiting) =>
        _ = _meter.CreateObservableGauge("notify.edge.hook.waiting", waiting, "{event}", "Events that wait for their hooks.");

    public void Attempted(string outcome) => _attempts.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void Dropped(string cause) => _dropped.Add(1, new KeyValuePair<string, object?>("cause", cause));
}
