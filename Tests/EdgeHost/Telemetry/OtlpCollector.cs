using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Notify.Tests.EdgeHost.Telemetry;

/// <summary>A span as it came.</summary>
internal sealed record ReceivedSpan(string Trace, string Id, string Parent, string Name);

/// <summary>A collector that speaks OTLP over HTTP in protobuf and keeps what comes.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<byte[]> _traces = [];
    private readonly ConcurrentQueue<byte[]> _metrics = [];

    private OtlpCollector(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    /// <summary>Everything that came, as text where it is text.</summary>
    public string Text => string.Concat(_traces.Concat(_metrics).Select(Encoding.UTF8.GetString));

    /// <summary>The spans of a trace.</summary>
    public IReadOnlyList<ReceivedSpan> SpansOf(string trace) =>
        [.. _traces.SelectMany(Spans).Where(span => span.Trace == trace)];

    /// <summary>Whether a metric of this name came.</summary>
    public bool HasMetric(string name) => _metrics.Any(body => MetricNames(body).Contains(name));

    public static async Task<OtlpCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var collector = new OtlpCollector(app);
        app.MapPost("/v1/traces", context => TakeAsync(context, collector._traces));
        app.MapPost("/v1/metrics", context => TakeAsync(context, collector._metrics));
        await app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task TakeAsync(HttpContext context, ConcurrentQueue<byte[]> into)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (context.Request.ContentType != "application/x-protobuf") context.Response.StatusCode = 415;
        else into.Enqueue(body.ToArray());
    }

    // ExportTraceServiceRequest.resource_spans(1).scope_spans(2).spans(2): trace_id 1, span_id 2, parent_span_id 4, name 5.
    private static IEnumerable<ReceivedSpan> Spans(byte[] body) =>
        from resource in Fields(body, 1) from scope in Fields(resource, 2) from span in Fields(scope, 2)
        select new ReceivedSpan(Hex(span, 1), Hex(span, 2), Hex(span, 4), Encoding.UTF8.GetString(Fields(span, 5).Single().Span));

    // ExportMetricsServiceRequest.resource_metrics(1).scope_metrics(2).metrics(2): name 1.
    private static IEnumerable<string> MetricNames(byte[] body) =>
        from resource in Fields(body, 1) from scope in Fields(resource, 2) from metric in Fields(scope, 2)
        select Encoding.UTF8.GetString(Fields(metric, 1).Single().Span);

    private static string Hex(ReadOnlyMemory<byte> message, int field) =>
        Fields(message, field) is [{ } bytes, ..] ? Convert.ToHexStringLower(bytes.Span) : "";

    /// <summary>The length-delimited fields of a message that have this number.</summary>
    private static List<ReadOnlyMemory<byte>> Fields(ReadOnlyMemory<byte> message, int number)
    {
        var found = new List<ReadOnlyMemory<byte>>();
        int at = 0;
        while (at < message.Length)
        {
            ulong tag = Varint(message.Span, ref at);
            switch (tag & 7)
            {
                case 0:
                    _ = Varint(message.Span, ref at);
                    break;
                case 1:
                    at += 8;
                    break;
                case 5:
                    at += 4;
                    break;
                case 2:
                    int length = (int)Varint(message.Span, ref at);
                    if ((int)(tag >> 3) == number) found.Add(message.Slice(at, length));
                    at += length;
                    break;
                default:
                    throw new InvalidDataException($"Wire type {tag & 7}");
            }
        }

        return found;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }
}
