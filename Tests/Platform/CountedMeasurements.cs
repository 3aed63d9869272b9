using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;

namespace Notify.Tests.Platform;

/// <summary>The measurements of one instrument of one host, as events to wait for.</summary>
public sealed class CountedMeasurements : IDisposable
{
    private readonly Channel<string> _measured = Channel.CreateUnbounded<string>();
    private readonly MeterListener _listener = new();

    public CountedMeasurements(IServiceProvider host, string instrumentName)
    {
        var meters = host.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == instrumentName && instrument.Meter.Scope == meters) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, _, tags, _) => Take(tags));
        _listener.SetMeasurementEventCallback<double>((_, _, tags, _) => Take(tags));
        _listener.Start();
    }

    /// <summary>The tags of each measurement, as in "cause=timeout".</summary>
    public ChannelReader<string> Measured => _measured.Reader;

    public void Dispose() => _listener.Dispose();

    private void Take(ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _measured.Writer.TryWrite(string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")));
}
