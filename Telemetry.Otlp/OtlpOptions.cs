using System.ComponentModel.DataAnnotations;
using OpenTelemetry.Exporter;

namespace Notify.Telemetry;

/// <summary>
/// Where metrics and traces are sent; settings under <c>Notify:Telemetry</c>. OpenTelemetry's own environment variables count, too:
/// OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_HEADERS, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES,
/// OTEL_TRACES_SAMPLER, OTEL_METRIC_EXPORT_INTERVAL, OTEL_SDK_DISABLED.
/// </summary>
public sealed class OtlpOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Telemetry";

    /// <summary>The collector, such as http://collector:4317 (gRPC) or http://collector:4318; default: what the environment says, else nothing is sent.</summary>
    public Uri? OtlpEndpoint { get; set; }

    /// <summary>How it is spoken to at <see cref="OtlpEndpoint"/>: Grpc or HttpProtobuf. Default Grpc.</summary>
    public OtlpExportProtocol OtlpProtocol { get; set; } = OtlpExportProtocol.Grpc;

    /// <summary>
    /// Of pushes without a sampled trace of their own, how many are traced: 0 none, 1 all; default 0.01. OTEL_TRACES_SAMPLER wins.
    /// </summary>
    [Range(0.0, 1.0)]
    public double TraceRatio { get; set; } = 0.01;

    /// <summary>How often metrics are sent to <see cref="OtlpEndpoint"/>; default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan MetricsEvery { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Meters sent beside the platform's own and .NET's.</summary>
    public IList<string> Meters { get; } = [];

    /// <summary>Trace sources sent beside the platform's own.</summary>
    public IList<string> Sources { get; } = [];
}
