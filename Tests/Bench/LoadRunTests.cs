using System.Text.Json;
using Notify.Bench.Load;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Bench;

/// <summary>The load tool against a platform: short, so that it cannot rot.</summary>
[Collection(Heavy.Name)]
public sealed class LoadRunTests
{
    [Theory]
    [InlineData("--target everyone --transport mixed --rate 50/s", 20)]
    [InlineData("--target user --transport ws --in-flight 4", 1)]
    [InlineData("--target user --transport ws --rate 200/s --warm-up 0.3s", 1)]
    [InlineData("--target company --transport sse --groups 2 --in-flight 4", 10)]
    [InlineData("--target topic --transport mixed --groups 4 --rate 50", 5)]
    public async Task Load_OnAPlatform_CountsEachDeliveryOnce(string args, int receivers)
    {
        await using var platform = await TestPlatform.StartAsync();
        var options = LoadOptions.Parse([.. $"--url {platform.Edge.Address} --connections 20 --ramp 1000/s --duration 0.5s {args}".Split(' ')]);
        var report = await LoadRun.RunAsync(options, TextWriter.Null, TimeProvider.System);

        Assert.Equal((20, 0, 0), (report.Connected, report.Refused, report.Disconnected));
        Assert.True(report.Pushed > 0 && report.Acknowledged == report.Pushed, report.Trouble);
        Assert.Equal(report.Acknowledged * receivers, report.Delivered);
        Assert.Equal((0, 0, 0, 0), (report.Lost, report.Late, report.Repeated, report.OutOfOrder));
        Assert.InRange(report.DeliveryMs.P50, 0.001, report.DeliveryMs.Max);
        Assert.Equal(0, report.ExitCode);
        using var json = JsonDocument.Parse(report.ToJson());
        Assert.Equal(report.Delivered, json.RootElement.GetProperty("delivered").GetInt64());
    }

    [Fact]
    public async Task Load_WithoutAServer_Fails()
    {
        var options = LoadOptions.Parse(["--url", "http://127.0.0.1:1", "--connections", "2"]);
        var report = await LoadRun.RunAsync(options, TextWriter.Null, TimeProvider.System);
        Assert.Equal((0, 2, 1), (report.Connected, report.Refused, report.ExitCode));
    }

    [Theory]
    [InlineData("--rate 10 --in-flight 2")]
    [InlineData("--payload 10")]
    [InlineData("--transport carrier")]
    [InlineData("--token T --target user")]
    [InlineData("--unknown 1")]
    [InlineData("--url")]
    public void Parse_OfWhatMakesNoSense_Throws(string args) => Assert.Throws<ArgumentException>(() => LoadOptions.Parse(args.Split(' ')));
}
