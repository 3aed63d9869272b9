using System.Diagnostics;
using System.Net;
using Notify.Tests.EdgeHost.Telemetry;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Engine.Orleans;

/// <summary>A silo and two edges as processes, observed from outside: health, metrics, and a trace through three of them.</summary>
public sealed class ObservedProcessesTests
{
    [Fact]
    public async Task Processes_AreObservedFromOutside()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var cluster = await ProcessCluster.StartAsync(new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.AbsoluteUri,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "300",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        });
        using var http = new HttpClient();
        var token = TestContext.Current.CancellationToken;
        Assert.Equal("live", await http.GetStringAsync(new Uri(cluster.SiloAddress, "/health/live"), token));
        Assert.Equal("""{"status":"ready","checks":[{"name":"silo","ok":true},{"name":"store","ok":true}]}""", await http.GetStringAsync(new Uri(cluster.SiloAddress, "/health/ready"), token));

        await using var listener = RunningProgram.Start("curl", ["-sN", new Uri(cluster.Edges[1].Address, "/sse?userid=zelda").AbsoluteUri], AppContext.BaseDirectory);
        await listener.WaitForAsync("event: welcome", TimeSpan.FromSeconds(60));
        string trace = ActivityTraceId.CreateRandom().ToHexString(), caller = ActivitySpanId.CreateRandom().ToHexString();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(cluster.Edges[0].Address, "/api/push/users/zelda"))
        {
            Content = new StringContent("""{"data":"payload-xyz"}""", null, "application/json"),
            Headers = { { "traceparent", $"00-{trace}-{caller}-01" } },
        };
        using var pushed = await http.SendAsync(request, token);
        Assert.Equal(HttpStatusCode.Accepted, pushed.StatusCode);
        await listener.WaitForAsync("payload-xyz", TimeSpan.FromSeconds(60));

        await Polling.Until(() => Task.FromResult(collector.SpansOf(trace).Count == 4), "push, channel.push, append and deliver");
        var spans = collector.SpansOf(trace).ToDictionary(span => span.Name);
        Assert.Equal(caller, spans["notify.push"].Parent);
        Assert.Equal(spans["notify.push"].Id, spans["notify.channel.push"].Parent);
        Assert.Equal(spans["notify.channel.push"].Id, spans["notify.append"].Parent);
        Assert.Equal(spans["notify.channel.push"].Id, spans["notify.deliver"].Parent);
        foreach (string service in (string[])["notify-silo", "notify-edge"]) Assert.Contains(service, collector.Text, StringComparison.Ordinal);

        string metrics = await http.GetStringAsync(new Uri(cluster.SiloAddress, "/metrics"), token);
        Assert.Contains("\nnotify_channel_append_duration_seconds_count{kind=\"user\",outcome=\"appended\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nnotify_outbox_edges 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nnotify_edge_deliveries_total 1\n", await http.GetStringAsync(new Uri(cluster.Edges[1].Address, "/metrics"), token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dashboard_WhereItIsNotInTheBuild_IsRefusedInOneSentence()
    {
        await using var silo = RunningProgram.Start(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "Notify.Silo.dll")], AppContext.BaseDirectory, new Dictionary<string, string?> { ["Notify__Silo__Dashboard"] = "true" });
        int exit = await silo.WaitForExitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal("Notify:Silo:Dashboard=true needs a build with NotifyDashboard=true.", silo.Output.Trim());
        Assert.Equal(1, exit);
    }
}
