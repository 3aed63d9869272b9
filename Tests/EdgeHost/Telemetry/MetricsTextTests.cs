using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Notify.EdgeHost.Telemetry;
using Notify.Grains.Telemetry;
using Notify.Telemetry;
using Xunit;

namespace Notify.Tests.EdgeHost.Telemetry;

/// <summary>The Prometheus text format 0.0.4, as its specification writes it.</summary>
public sealed class MetricsTextTests : IDisposable
{
    private readonly ServiceProvider _services = Services([]);

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task Read_WritesEachKindWithHelpTypeUnitAndLabels()
    {
        var text = await ReadAsync(_services, meter =>
        {
            meter.CreateCounter<long>("notify.test.pushes", "{push}", "Pushes,\nby \\ \"kind\".").Add(3, new KeyValuePair<string, object?>("the.kind", "a\\b\"c\nd"), new("repeat", true));
            meter.CreateUpDownCounter<int>("notify.test.open", "{connection}").Add(-2);
            meter.CreateObservableGauge("notify.test.queued", () => 1.5, "By", "Bytes.");
            var durations = meter.CreateHistogram<double>("notify.test.took", "s", "Time.", advice: new() { HistogramBucketBoundaries = [0.1, 1] });
            durations.Record(0.1);
            durations.Record(0.5);
            durations.Record(7);
        });
        Assert.Contains("\n# TYPE notify_test_open gauge\nnotify_test_open -2\n", "\n" + text, StringComparison.Ordinal);
        Assert.Contains(
            "# HELP notify_test_pushes_total Pushes,\\nby \\\\ \"kind\".\n# TYPE notify_test_pushes_total counter\n"
            + "notify_test_pushes_total{the_kind=\"a\\\\b\\\"c\\nd\",repeat=\"true\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("# HELP notify_test_queued_bytes Bytes.\n# TYPE notify_test_queued_bytes gauge\nnotify_test_queued_bytes 1.5\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "# HELP notify_test_took_seconds Time.\n# TYPE notify_test_took_seconds histogram\n"
            + "notify_test_took_seconds_bucket{le=\"0.1\"} 1\nnotify_test_took_seconds_bucket{le=\"1\"} 2\nnotify_test_took_seconds_bucket{le=\"+Inf\"} 3\n"
            + "notify_test_took_seconds_sum 7.6\nnotify_test_took_seconds_count 3\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\r", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_WhenAnInstrumentHasTooManySeries_CountsTheRestAndShowsNone()
    {
        await using var services = Services(new() { ["Notify:Metrics:SeriesLimitCount"] = "2" });
        var text = await ReadAsync(services, meter =>
        {
            var counter = meter.CreateCounter<long>("notify.test.many");
            for (int i = 0; i < 5; i++) counter.Add(1, new KeyValuePair<string, object?>("n", i));
        });
        Assert.Equal(2, text.Split("notify_test_many_total{").Length - 1);
        string notShown = text.Split("\nnotify_metrics_not_shown_total ")[1].Trim();
        Assert.InRange(int.Parse(notShown, System.Globalization.CultureInfo.InvariantCulture), 3, 100); // .NET has some with more than two, too
    }

    [Fact]
    public async Task Read_LeavesOutMetersOfOthers()
    {
        var text = await ReadAsync(_services, meter =>
        {
            _services.GetRequiredService<IMeterFactory>().Create("Another").CreateCounter<long>("another.count").Add(1);
            using var ofAnotherHost = new Meter("Notify.Test", null, null, scope: new object());
            ofAnotherHost.CreateCounter<long>("notify.test.foreign").Add(1);
            meter.CreateCounter<long>("notify.test.own").Add(1);
        });
        Assert.Contains("notify_test_own_total 1\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("another", text, StringComparison.Ordinal);
        Assert.DoesNotContain("foreign", text, StringComparison.Ordinal);
    }

    /// <summary>What is counted for every push and every delivery costs no allocation while /metrics listens.</summary>
    [Fact]
    public void Record_OnThePathOfANotification_AllocatesNothing()
    {
        _ = _services.GetRequiredService<MetricsCollection>();
        var meters = _services.GetRequiredService<IMeterFactory>();
        using var edge = new EdgeMetrics(meters);
        using var silo = new SiloMetrics(meters);
        void Measure()
        {
            edge.Delivered(3);
            edge.Dropped();
            edge.Pushed(202, 1);
            edge.PushTook(TimeSpan.FromMilliseconds(1));
            edge.Taken(TimeSpan.FromMilliseconds(1));
            silo.Pushed(ChannelKind.User, false);
            silo.AppendTook(ChannelKind.User, true, TimeSpan.FromMilliseconds(1));
            silo.Confirmed();
        }

        for (int i = 0; i < 100; i++) Measure();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++) Measure();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static ServiceProvider Services(Dictionary<string, string?> settings) => new ServiceCollection()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
        .AddLogging()
        .AddNotifyMetrics()
        .BuildServiceProvider();

    private static async Task<string> ReadAsync(ServiceProvider services, Action<Meter> measure)
    {
        var collection = services.GetRequiredService<MetricsCollection>();
        measure(services.GetRequiredService<IMeterFactory>().Create("Notify.Test"));
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;
        await collection.AnswerAsync(context);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", context.Response.ContentType);
        return System.Text.Encoding.UTF8.GetString(body.ToArray());
    }
}
