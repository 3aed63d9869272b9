using System.Diagnostics.Metrics;

namespace Notify.EdgeHost.Telemetry;

/// <summary>What clients send, in the meter "Notify.Edge".</summary>
internal sealed class MessageMetrics
{
    private readonly Counter<long> _messages;
    private readonly Counter<long> _refused;
    private readonly Histogram<double> _durations;

    public MessageMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(EdgeMetrics.MeterName);
        _messages = meter.CreateCounter<long>("notify.edge.messages", "{message}", "Clients' messages, by outcome.");
        _refused = meter.CreateCounter<long>("notify.edge.rate_refusals", "{frame}", "Clients' frames over a rate limit, by whose.");
        _durations = meter.CreateHistogram<double>("notify.edge.message.duration", "s", "From a message's turn to its answer.");
    }

    public void Handled(string outcome) => _messages.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void Handled(string outcome, TimeSpan took)
    {
        Handled(outcome);
        _durations.Record(took.TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));
    }

    public void Refused(string scope) => _refused.Add(1, new KeyValuePair<string, object?>("scope", scope));
}
