using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Notify.EdgeHost.Telemetry;

/// <summary>The meter "Notify.Edge". No user, connection or channel name is ever a tag.</summary>
internal sealed class EdgeMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Notify.Edge";

    private readonly Meter _meter;
    private readonly UpDownCounter<int> _connections;
    private readonly UpDownCounter<int> _callsUnderWay;
    private readonly Counter<long> _closes;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _delivered;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _lags;
    private readonly Counter<long> _historyLost;
    private readonly Counter<long> _resubscribed;
    private readonly Counter<long> _leasesLost;
    private readonly Counter<long> _badFrames;
    private readonly Counter<long> _resumes;
    private readonly Counter<long> _pushes;
    private readonly Histogram<double> _joins;
    private readonly Histogram<double> _calls;
    private readonly Histogram<double> _publishing;
    private readonly Histogram<double> _ages;
    private readonly ConcurrentDictionary<int, object> _statuses = new(); // boxed once: a push must not pay for being counted

    public EdgeMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _connections = _meter.CreateUpDownCounter<int>("notify.edge.connections", "{connection}", "Connections, by transport.");
        _callsUnderWay = _meter.CreateUpDownCounter<int>("notify.edge.channel_calls", "{call}", "Calls to channels that are under way: attach, detach, read, replay.");
        _closes = _meter.CreateCounter<long>("notify.edge.closes", "{connection}", "Connections closed by the server, by code.");
        _refused = _meter.CreateCounter<long>("notify.edge.refused", "{connection}", "Connections refused, by reason.");
        _delivered = _meter.CreateCounter<long>("notify.edge.deliveries", "{notification}", "Notifications offered to connections' outboxes.");
        _dropped = _meter.CreateCounter<long>("notify.edge.ephemerals_dropped", "{notification}", "Ephemeral notifications dropped at a full outbox.");
        _lags = _meter.CreateCounter<long>("notify.edge.lags", "{channel}", "Times that too much waited for a client, which was then served from the log.");
        _historyLost = _meter.CreateCounter<long>("notify.edge.history_lost", "{loss}", "Times that a channel lost notifications for its members here.");
        _resubscribed = _meter.CreateCounter<long>("notify.edge.resubscriptions", "{subscription}", "Times that the edge's stream was subscribed anew.");
        _leasesLost = _meter.CreateCounter<long>("notify.edge.leases_lost", "{lease}", "Leases lost.");
        _badFrames = _meter.CreateCounter<long>("notify.edge.client_frames_refused", "{frame}", "Client frames that were answered with an error.");
        _resumes = _meter.CreateCounter<long>("notify.edge.resumes", "{channel}", "Channels that clients resumed, by whether all was there.");
        _pushes = _meter.CreateCounter<long>("notify.edge.pushes", "{push}", "Pushes over HTTP, by status.");
        _joins = _meter.CreateHistogram<double>("notify.edge.join.duration", "s", "From the handshake to the welcome.");
        _calls = _meter.CreateHistogram<double>("notify.edge.channel_call.duration", "s", "Calls to channels: attach, detach, read, replay; by outcome.");
        _publishing = _meter.CreateHistogram<double>("notify.edge.push.duration", "s", "From a request's body to its answer.");
        _ages = _meter.CreateHistogram<double>("notify.edge.delivery.age", "s", "From the channel's acceptance to this edge, of the oldest notification in each batch; by the clocks of two machines.");
    }

    /// <summary>Whether somebody listens to the ages of deliveries.</summary>
    public bool AreAgesMeasured => _ages.Enabled;

    /// <summary>Whether somebody listens to the push durations.</summary>
    public bool IsPushTimed => _publishing.Enabled;

    public void Taken(TimeSpan age) => _ages.Record(age.TotalSeconds);

    public void WatchServing(Func<bool> isServing) =>
        _ = _meter.CreateObservableGauge("notify.edge.serving", () => isServing() ? 1 : 0, "", "1: the edge takes connections; 0: it is not registered, or drains.");

    public void Watch(Func<int> channels, Func<int> waitingBatches)
    {
        _ = _meter.CreateObservableGauge("notify.edge.channels", channels, "{channel}", "Channels with members, or not let go yet.");
        _ = _meter.CreateObservableGauge("notify.edge.batches_waiting", waitingBatches, "{batch}", "Batches that wait for the delivery worker.");
    }

    public void Connected(ConnectionTransport transport) => _connections.Add(1, Tag(transport));

    public void CallsUnderWay(int change) => _callsUnderWay.Add(change);

    public void Lagged() => _lags.Add(1);

    public void Disconnected(ConnectionTransport transport) => _connections.Add(-1, Tag(transport));

    public void Closed(int code) => _closes.Add(1, new KeyValuePair<string, object?>("code", code));

    public void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Delivered(int count)
    {
        if (count > 0) _delivered.Add(count);
    }

    public void Dropped() => _dropped.Add(1);

    public void HistoryLost() => _historyLost.Add(1);

    public void Resubscribed() => _resubscribed.Add(1);

    public void LeaseLost() => _leasesLost.Add(1);

    public void BadFrame() => _badFrames.Add(1);

    public void Resumed(bool isRecovered) => _resumes.Add(1, new KeyValuePair<string, object?>("recovered", isRecovered));

    public void Joined(TimeSpan took) => _joins.Record(took.TotalSeconds);

    public void Called(string call, bool isDone, TimeSpan took) =>
        _calls.Record(took.TotalSeconds, new KeyValuePair<string, object?>("call", call), new("outcome", isDone ? "done" : "failed"));

    public void Pushed(int status, int count)
    {
        if (_pushes.Enabled) _pushes.Add(count, new KeyValuePair<string, object?>("status", _statuses.GetOrAdd(status, static s => s)));
    }

    public void PushTook(TimeSpan took) => _publishing.Record(took.TotalSeconds);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Tag(ConnectionTransport transport) =>
        new("transport", transport == ConnectionTransport.Sse ? "sse" : "websocket");
}
