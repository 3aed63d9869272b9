using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Notify.Telemetry;

/// <summary>Sends metrics and traces to a collector, from before the process serves until after it has stopped; what waits then is still sent.</summary>
internal sealed class OtlpExport(IOptions<OtlpOptions> options, OtlpServiceName name) : IHostedLifecycleService, IDisposable
{
    private const int FlushLimitMilliseconds = 5_000;

    private static readonly string[] Meters =
        ["Notify.*", "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.Orleans", "Npgsql"];

    private readonly OtlpOptions _options = options.Value;
    private MeterProvider? _metrics;
    private TracerProvider? _traces;

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var resource = ResourceBuilder.CreateDefault();
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME"))) resource.AddService(name.Value, serviceNamespace: "notify");

        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter([.. Meters, .. _options.Meters])
            .AddOtlpExporter((exporter, reader) =>
            {
                Aim(exporter, "v1/metrics");
                if (_options.OtlpEndpoint is not null) reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)_options.MetricsEvery.TotalMilliseconds;
            })
            .Build();

        var traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(["Notify", .. _options.Sources])
            .AddOtlpExporter(exporter => Aim(exporter, "v1/traces"));
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_TRACES_SAMPLER")))
            traces.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(_options.TraceRatio)));
        _traces = traces.Build();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            _traces?.ForceFlush(FlushLimitMilliseconds);
            _metrics?.ForceFlush(FlushLimitMilliseconds);
        },
        CancellationToken.None);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    // The SDK adds the signal's path to an address of the environment, and not to one that is given here.
    private void Aim(OtlpExporterOptions exporter, string path)
    {
        if (_options.OtlpEndpoint is not { } endpoint) return;
        exporter.Protocol = _options.OtlpProtocol;
        exporter.Endpoint = _options.OtlpProtocol == OtlpExportProtocol.HttpProtobuf ? new(endpoint.AbsoluteUri.TrimEnd('/') + "/" + path) : endpoint;
    }
}
