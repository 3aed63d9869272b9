using System.Text.Json;
using Notify.Tests.EndToEnd.Faults;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Telemetry;

/// <summary>The real Standalone as operators run it: health, metrics, OTLP by the usual environment variables, logs as JSON.</summary>
public sealed class ObservedProcessTests
{
    private const string Token = "not-a-token-7f3a";

    [Fact]
    public async Task Standalone_IsObservedByTheUsualSettingsAlone()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var standalone = new StandaloneProcess(new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.AbsoluteUri,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_TRACES_SAMPLER"] = "always_on",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "300",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            ["Logging:Console:FormatterName"] = "json",
            ["Logging:LogLevel:Default"] = "Debug",
        });
        await standalone.StartAsync();
        using var http = new HttpClient { BaseAddress = standalone.Address };
        var token = TestContext.Current.CancellationToken;
        using (var refused = await http.GetAsync(new Uri($"/sse?access_token={Token}", UriKind.Relative), token)) Assert.False(refused.IsSuccessStatusCode);
        using (var body = new StringContent("""{"data":"payload-xyz"}""", null, "application/json"))
        using (var pushed = await http.PostAsync(new Uri("/api/push/users/zelda", UriKind.Relative), body, token)) Assert.True(pushed.IsSuccessStatusCode);

        Assert.Contains("\"name\":\"store\",\"ok\":true", await http.GetStringAsync(new Uri("/health/ready", UriKind.Relative), token), StringComparison.Ordinal);
        string metrics = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), token);
        foreach (string name in (string[])["notify_log_writable 1", "notify_channel_append_duration_seconds_count{kind=\"user\",outcome=\"appended\"} 1", "notify_edge_serving 1"])
            Assert.Contains($"\n{name}\n", metrics, StringComparison.Ordinal);
        await Polling.Until(() => Task.FromResult(collector.HasMetric("notify.edge.pushes") && collector.Text.Contains("notify.channel.push", StringComparison.Ordinal)), "metrics and spans at the collector");
        Assert.Contains("notify-standalone", collector.Text, StringComparison.Ordinal);
        await standalone.StopAsync();

        string[] lines = standalone.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 3, standalone.Output);
        foreach (string line in lines)
        {
            using var entry = JsonDocument.Parse(line);
            Assert.True(entry.RootElement.TryGetProperty("EventId", out _), line);
        }

        foreach (string secret in (string[])["payload-xyz", Token]) Assert.DoesNotContain(secret, standalone.Output + collector.Text, StringComparison.Ordinal);
    }
}
