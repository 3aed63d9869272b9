using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Notify.Telemetry;
using Notify.Tests.Deploy;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Docs;

/// <summary>docs/operations.md names metrics and settings: there are such.</summary>
public sealed partial class OperationsTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));

    [Fact]
    public async Task Metrics_ThatAreNamed_AreMeasured()
    {
        using var folder = new TemporaryFolder();
        await using var platform = await TestPlatform.StartAsync(new() { Settings = { ["Notify:Log:Store"] = "File", ["Notify:Log:Path"] = folder.Path } });
        HashSet<string> measured = ["notify_metrics_not_shown_total"];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name.StartsWith("Notify.", StringComparison.Ordinal))
                    measured.Add(MetricName.Of(instrument, instrument.GetType().Name.Contains("Counter", StringComparison.Ordinal) && !instrument.GetType().Name.Contains("UpDown", StringComparison.Ordinal)));
            },
        };
        listener.Start();
        string[] named = [.. Metric().Matches(Text).Select(m => m.Value).Distinct()];
        Assert.True(named.Length > 15, $"{named.Length} metrics are named");
        Assert.Empty(named.Except(measured));
    }

    [Fact]
    public void Settings_ThatAreNamed_AreRead()
    {
        string[] named = [.. Setting().Matches(Text).Select(m => m.Groups[1].Value).Distinct()];
        Assert.True(named.Length > 10, $"{named.Length} settings are named");
        Assert.All(named, name => Assert.Null(SettingsIndex.Check(name.Replace(":", "__", StringComparison.Ordinal), null)));
    }

    [GeneratedRegex(@"\bnotify_[a-z_]+_[a-z]+\b(?<!notify_cluster)")]
    private static partial Regex Metric();

    // With two colons at least: a section and a name.
    [GeneratedRegex(@"`(Notify:[A-Za-z]+:[A-Za-z:]+)`")]
    private static partial Regex Setting();
}
