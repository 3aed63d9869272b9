using System.Diagnostics.Metrics;

namespace Notify.Grains.Telemetry;

/// <summary>The instruments of the meter "Notify.Silo". Tags name kinds only, never a channel, an edge or a connection.</summary>
internal sealed class SiloMetrics : IDisposable
{
    public const string MeterName = "Notify.Silo";

    private readonly Meter _meter;
    private readonly Counter<long> _pushes;
    private readonly Counter<long> _notAcknowledged;
    private readonly Counter<long> _batches;
    private readonly Counter<long> _resends;
    private readonly Counter<long> _sweeps;
    private readonly Histogram<double> _appends;

    // Boxed once: a push must not pay for being counted.
    private static readonly object True = true;
    private static readonly object False = false;

    public SiloMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _pushes = _meter.CreateCounter<long>("notify.channel.pushes", "{push}", "Acknowledged pushes, by kind of channel.");
        _notAcknowledged = _meter.CreateCounter<long>("notify.channel.pushes_not_acknowledged", "{push}", "Pushes whose storing is not known.");
        _batches = _meter.CreateCounter<long>("notify.outbox.batches", "{batch}", "Batches and beacons that edges confirmed.");
        _resends = _meter.CreateCounter<long>("notify.outbox.unconfirmed", "{batch}", "Batches and beacons that were not confirmed, by cause.");
        _sweeps = _meter.CreateCounter<long>("notify.sessions.sweeps", "{sweep}", "Snapshots of all connections that were taken.");
        _appends = _meter.CreateHistogram<double>("notify.channel.append.duration", "s", "From a channel's append to the log's answer, by kind of channel and outcome.");
    }

    /// <summary>Whether somebody listens to the append durations.</summary>
    public bool IsAppendTimed => _appends.Enabled;

    public void AppendTook(ChannelKind kind, bool isAppended, TimeSpan took) =>
        _appends.Record(took.TotalSeconds, new("kind", Name(kind)), new("outcome", isAppended ? "appended" : "failed"));

    public void Swept() => _sweeps.Add(1);

    public void Pushed(ChannelKind kind, bool isRepeat)
    {
        if (_pushes.Enabled) _pushes.Add(1, new("kind", Name(kind)), new("repeat", isRepeat ? True : False));
    }

    public void NotAcknowledged(ChannelKind kind)
    {
        if (_notAcknowledged.Enabled) _notAcknowledged.Add(1, new KeyValuePair<string, object?>("kind", Name(kind)));
    }

    public void Confirmed() => _batches.Add(1);

    public void Unconfirmed(string cause) => _resends.Add(1, new KeyValuePair<string, object?>("cause", cause));

    /// <summary>A value that is read when somebody measures.</summary>
    public void Observe(string name, string unit, string description, Func<long> read) =>
        _meter.CreateObservableGauge(name, read, unit, description);

    /// <summary>A total that is read when somebody measures.</summary>
    public void ObserveTotal(string name, string unit, string description, Func<long> read) =>
        _meter.CreateObservableCounter(name, read, unit, description);

    public void Dispose() => _meter.Dispose();

    private static string Name(ChannelKind kind) => new ChannelId(kind, "", "").KindName;
}
