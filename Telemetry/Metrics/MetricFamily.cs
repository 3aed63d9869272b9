using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Notify.Telemetry;

/// <summary>One instrument with its series. Thread safe; recording takes a lock only for a set of tags that is new.</summary>
internal sealed class MetricFamily
{
    // Seconds: from what a push takes in one process to what somebody gives up at.
    private static readonly double[] Seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly double[] Others = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

    private readonly Lock _lock = new();
    private readonly string _type;
    private readonly string _help;
    private readonly double[]? _boundaries;
    private readonly bool _isObserved;
    private readonly bool _isSet;
    private readonly int _limit;
    private readonly Action _onOverflow;
    private MetricSeries[] _series = [];

    public MetricFamily(Instrument instrument, int limit, Action onOverflow)
    {
        string kind = instrument.GetType().Name;
        bool isCounter = kind.StartsWith("Counter", StringComparison.Ordinal) || kind.StartsWith("ObservableCounter", StringComparison.Ordinal);
        _isObserved = instrument.IsObservable;
        _isSet = _isObserved || kind.StartsWith("Gauge", StringComparison.Ordinal);
        if (kind.StartsWith("Histogram", StringComparison.Ordinal)) _boundaries = instrument.Unit == "s" ? Seconds : Others;
        if (_boundaries is not null && instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { } advised }) _boundaries = [.. advised];
        _type = _boundaries is not null ? "histogram" : isCounter ? "counter" : "gauge";
        Name = MetricName.Of(instrument, isCounter);
        _help = MetricName.Help(instrument.Description);
        _limit = limit;
        _onOverflow = onOverflow;
    }

    /// <summary>As it is written.</summary>
    public string Name { get; }

    /// <summary>Takes a measurement.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, long reading)
    {
        if (Find(_series, tags) is not { } series && (series = Add(tags)) is null)
        {
            _onOverflow();
            return;
        }

        if (_isSet) series.Set(value, reading);
        else series.Add(value);
    }

    /// <summary>Writes the family; nothing when it has no series.</summary>
    public void Write(StringBuilder text, long reading)
    {
        bool isBegun = false;
        foreach (var series in Volatile.Read(ref _series))
        {
            if (_isObserved && series.Reading != reading) continue; // no longer said
            if (!isBegun)
            {
                if (_help.Length > 0) text.Append("# HELP ").Append(Name).Append(' ').Append(_help).Append('\n');
                text.Append("# TYPE ").Append(Name).Append(' ').Append(_type).Append('\n');
                isBegun = true;
            }

            if (_boundaries is null) Line(text, "", series.Labels, MetricName.Number(series.Value));
            else WriteHistogram(text, series);
        }
    }

    private void WriteHistogram(StringBuilder text, MetricSeries series)
    {
        long count = 0;
        var buckets = series.Buckets;
        for (int i = 0; i < buckets.Length; i++)
        {
            count += Volatile.Read(in buckets[i]);
            string bound = i < _boundaries!.Length ? MetricName.Number(_boundaries[i]) : "+Inf";
            string labels = series.Labels.Length == 0 ? $"le=\"{bound}\"" : $"{series.Labels},le=\"{bound}\"";
            Line(text, "_bucket", labels, count.ToString(CultureInfo.InvariantCulture));
        }

        Line(text, "_sum", series.Labels, MetricName.Number(series.Value));
        Line(text, "_count", series.Labels, count.ToString(CultureInfo.InvariantCulture));
    }

    private void Line(StringBuilder text, string suffix, string labels, string value)
    {
        text.Append(Name).Append(suffix);
        if (labels.Length > 0) text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(value).Append('\n');
    }

    private static MetricSeries? Find(MetricSeries[] all, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var series in all)
        {
            if (series.Has(tags)) return series;
        }

        return null;
    }

    private MetricSeries? Add(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_lock)
        {
            if (Find(_series, tags) is { } added) return added;
            if (_series.Length >= _limit) return null;
            var series = new MetricSeries(tags.ToArray(), _boundaries);
            Volatile.Write(ref _series, [.. _series, series]);
            return series;
        }
    }
}
