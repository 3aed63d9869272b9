using System.Globalization;
using System.Text.Json;

namespace Notify.Bench.Load;

/// <summary>What came of a run.</summary>
internal sealed record LoadReport
{
    public required long Connected { get; init; }
    public required long Refused { get; init; }
    public required long Disconnected { get; init; }
    public required long Pushed { get; init; }
    public required long Acknowledged { get; init; }
    public required long Unacknowledged { get; init; }
    public required long Delivered { get; init; }

    /// <summary>Deliveries of acknowledged pushes that did not come.</summary>
    public required long Lost { get; init; }
    public required long Late { get; init; }
    public required long Repeated { get; init; }
    public required long OutOfOrder { get; init; }
    public required double PushesPerSecond { get; init; }
    public required double DeliveriesPerSecond { get; init; }
    public required LoadLatency DeliveryMs { get; init; }
    public required LoadLatency AcknowledgeMs { get; init; }

    /// <summary>Cores that this tool itself used: near the machine's number it is the limit, and not the server.</summary>
    public required double ToolCores { get; init; }
    public string? Trouble { get; init; }

    /// <summary>1: something acknowledged was lost, nobody could connect, or nothing was acknowledged.</summary>
    public int ExitCode => Lost > 0 || Connected == 0 || Acknowledged == 0 ? 1 : 0;

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public void Write(TextWriter to)
    {
        void Line(FormattableString line) => to.WriteLine(line.ToString(CultureInfo.InvariantCulture));
        Line($"connected      {Connected,12:N0}   refused {Refused:N0}, disconnected {Disconnected:N0}");
        Line($"pushed         {Pushed,12:N0}   {PushesPerSecond:N0}/s");
        Line($"acknowledged   {Acknowledged,12:N0}   not acknowledged {Unacknowledged:N0}");
        Line($"delivered      {Delivered,12:N0}   {DeliveriesPerSecond:N0}/s");
        Line($"lost           {Lost,12:N0}   late {Late:N0}");
        Line($"repeated       {Repeated,12:N0}");
        Line($"out of order   {OutOfOrder,12:N0}");
        Line($"latency, ms             p50       p90       p99     p99.9       max");
        Line($"  delivery     {DeliveryMs}");
        Line($"  acknowledge  {AcknowledgeMs}");
        Line($"this tool used {ToolCores:N2} cores of {Environment.ProcessorCount}");
        if (Trouble is not null) Line($"first trouble: {Trouble}");
    }

    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web) { WriteIndented = true };
}

/// <summary>In milliseconds.</summary>
internal sealed record LoadLatency(double P50, double P90, double P99, double P999, double Max)
{
    public static LoadLatency Of(LatencyHistogram histogram) => new(
        histogram.Percentile(0.5).TotalMilliseconds, histogram.Percentile(0.9).TotalMilliseconds, histogram.Percentile(0.99).TotalMilliseconds,
        histogram.Percentile(0.999).TotalMilliseconds, histogram.Max.TotalMilliseconds);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{P50,12:N2}{P90,10:N2}{P99,10:N2}{P999,10:N2}{Max,10:N2}");
}
