using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Notify.Telemetry;

/// <summary>
/// Listens to this host's instruments from its start and writes them in the Prometheus text format. Recording is a look at a few tags and
/// an interlocked addition: no lock, no allocation. Thread safe.
/// </summary>
public sealed partial class MetricsCollection : IHostedService, IDisposable
{
    private const string ContentType = "text/plain; version=0.0.4; charset=utf-8";
    private const string OwnMeters = "Notify.";
    private const string RuntimeMeter = "System.Runtime"; // read when asked for; meters of Kestrel or Orleans would cost each connection or call something

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, MetricFamily> _families = new();
    private readonly SemaphoreSlim _reading = new(1);
    private readonly IMeterFactory _meters;
    private readonly MetricsOptions _options;
    private readonly ILogger _logger;
    private long _readings;
    private long _overflows;

    public MetricsCollection(IMeterFactory meters, IOptions<MetricsOptions> options, ILogger<MetricsCollection> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _meters = meters;
        _options = options.Value;
        _logger = logger;
        if (!_options.Collect) return;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (IsShown(instrument.Meter)) listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument, Make));
        };
        _listener.MeasurementsCompleted = (instrument, state) => _families.TryRemove(instrument, out var ended);
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => Take(value, tags, family));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, family) => Take(value, tags, family));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => Take(value, tags, family));
        _listener.SetMeasurementEventCallback<float>((_, value, tags, family) => Take(value, tags, family));
        _listener.SetMeasurementEventCallback<short>((_, value, tags, family) => Take(value, tags, family));
        _listener.SetMeasurementEventCallback<byte>((_, value, tags, family) => Take(value, tags, family));
        _listener.SetMeasurementEventCallback<decimal>((_, value, tags, family) => Take((double)value, tags, family));
        _listener.Start(); // before the first measurement: totals and counts of what is open begin at zero
    }

    /// <summary>Answers with all that is measured; one reading at a time.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (!_options.Collect)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await _reading.WaitAsync(context.RequestAborted);
        string text;
        try
        {
            text = Read();
        }
        finally
        {
            _reading.Release();
        }

        context.Response.ContentType = ContentType;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(text, context.RequestAborted);
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        _reading.Dispose();
    }

    private string Read()
    {
        long reading = Interlocked.Increment(ref _readings);
        try
        {
            _listener.RecordObservableInstruments();
        }
#pragma warning disable CA1031 // One instrument that cannot be read must not hide all others.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            LogNotRead(failure);
        }

        var text = new StringBuilder(16 * 1024);
        string last = "";
        foreach (var family in _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal))
        {
            if (family.Name != last) family.Write(text, reading); // a name stands once, whatever a library does
            last = family.Name;
        }

        text.Append("# HELP notify_metrics_not_shown_total Measurements whose tags were over the limit of series.\n# TYPE notify_metrics_not_shown_total counter\n")
            .Append("notify_metrics_not_shown_total ").Append(Volatile.Read(ref _overflows)).Append('\n');
        return text.ToString();
    }

    // Meters of another host in this process are made by its own factory; those of libraries by none.
    private bool IsShown(Meter meter) => (meter.Scope is null || meter.Scope == _meters)
        && (meter.Name.StartsWith(OwnMeters, StringComparison.Ordinal) || meter.Name == RuntimeMeter || _options.Meters.Contains(meter.Name));

    private MetricFamily Make(Instrument instrument) => new(instrument, _options.SeriesLimitCount, () => Interlocked.Increment(ref _overflows));

    private void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? family) =>
        ((MetricFamily)family!).Record(value, tags, Volatile.Read(ref _readings));

    [LoggerMessage(2401, LogLevel.Warning, "Some instruments could not be read for /metrics")]
    private partial void LogNotRead(Exception failure);
}
