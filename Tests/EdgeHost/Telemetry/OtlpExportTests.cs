using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Notify.Telemetry;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Telemetry;

/// <summary>Metrics and traces reach a collector; a trace leads from the push to each edge that delivers it.</summary>
public sealed class OtlpExportTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Push_WithASampledTrace_IsFollowedToEachEdge()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var platform = await StartAsync(collector, edges: 2);
        await using var first = await RawWebSocket.ConnectAsync(platform.Edges[0], "userid=zelda&company=umbrella");
        await using var second = await RawSse.ConnectAsync(platform.Edges[1], "userid=ganon&company=umbrella");
        string trace = ActivityTraceId.CreateRandom().ToHexString(), caller = ActivitySpanId.CreateRandom().ToHexString();

        await PushAsync(platform.Edges[0], "companies/umbrella", $"00-{trace}-{caller}-01");
        await Polling.Until(() => Task.FromResult(collector.SpansOf(trace).Count == 5), "five spans of the trace");

        var spans = collector.SpansOf(trace);
        var push = spans.Single(span => span.Name == "notify.push");
        var channel = spans.Single(span => span.Name == "notify.channel.push");
        var append = spans.Single(span => span.Name == "notify.append");
        var deliveries = spans.Where(span => span.Name == "notify.deliver").ToList();
        Assert.Equal(caller, push.Parent);
        Assert.Equal(push.Id, channel.Parent);
        Assert.Equal(channel.Id, append.Parent);
        Assert.Equal([channel.Id, channel.Id], deliveries.Select(span => span.Parent));
        await Polling.Until(() => Task.FromResult(collector.HasMetric("notify.edge.deliveries") && collector.HasMetric("notify.channel.append.duration")), "metrics of edge and silo");
        foreach (string name in (string[])["zelda", "ganon", "umbrella", "payload-xyz"]) Assert.DoesNotContain(name, collector.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Push_ToAConnection_IsFollowedToo()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var platform = await StartAsync(collector);
        await using var client = await RawWebSocket.ConnectAsync(platform.Edge, "userid=zelda");
        string id = client.Welcome.GetProperty("connectionId").GetString()!;
        string trace = ActivityTraceId.CreateRandom().ToHexString();

        await PushAsync(platform.Edge, $"connections/{id}", $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01");
        await Polling.Until(() => Task.FromResult(collector.SpansOf(trace).Count == 2), "two spans of the trace");
        var spans = collector.SpansOf(trace);
        Assert.Equal(spans.Single(span => span.Name == "notify.push").Id, spans.Single(span => span.Name == "notify.deliver").Parent);
    }

    /// <summary>A trace that its caller does not sample makes no span anywhere, and its notification carries nothing.</summary>
    [Fact]
    public async Task Push_WithATraceThatIsNotSampled_LeavesNoSpan()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var platform = await StartAsync(collector);
        await using var client = await RawWebSocket.ConnectAsync(platform.Edge, "userid=zelda");
        string not = ActivityTraceId.CreateRandom().ToHexString(), sampled = ActivityTraceId.CreateRandom().ToHexString();
        string caller = ActivitySpanId.CreateRandom().ToHexString();

        await PushAsync(platform.Edge, "users/zelda", $"00-{not}-{caller}-00");
        await PushAsync(platform.Edge, "users/zelda", "00-nonsense");
        await PushAsync(platform.Edge, "users/zelda", $"00-{sampled}-{caller}-01");
        await Polling.Until(() => Task.FromResult(collector.SpansOf(sampled).Count == 4), "the spans of the sampled push, which came later");
        Assert.Empty(collector.SpansOf(not));
    }

    [Fact]
    public void Notification_WhereNothingIsSampled_IsNotCopied()
    {
        var notification = Notification.Json("e", 1);
        using var unsampled = new Activity("request").Start();
        Assert.Same(notification, notification.WithCallersTrace());
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++) _ = notification.WithCallersTrace();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        unsampled.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        Assert.Equal(unsampled.Id, notification.WithCallersTrace().TraceParent);
    }

    private static Task<TestPlatform> StartAsync(OtlpCollector collector, int edges = 1)
    {
        Dictionary<string, string?> settings = new()
        {
            ["Notify:Telemetry:OtlpEndpoint"] = collector.Address.AbsoluteUri,
            ["Notify:Telemetry:OtlpProtocol"] = "HttpProtobuf",
            ["Notify:Telemetry:TraceRatio"] = "0", // other tests of this process push, too
            ["Notify:Telemetry:MetricsEvery"] = "00:00:00.2",
        };
        bool isFirst = true; // the SDK listens to the whole process: two would send everything twice
        return TestPlatform.StartAsync(new()
        {
            EdgeCount = edges,
            Settings = settings,
            EdgeServices = services =>
            {
                if (isFirst) services.AddNotifyOtlp(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), "notify-test");
                isFirst = false;
            },
        });
    }

    private static async Task PushAsync(TestEdgeHost edge, string target, string traceParent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"/api/push/{target}", UriKind.Relative))
        {
            Content = new StringContent("""{"data":"payload-xyz"}""", null, "application/json"),
            Headers = { { "traceparent", traceParent } },
        };
        using var answer = await edge.Http.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }
}
