using System.Xml.Linq;
using Notify.Bench.Peers;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Bench;

/// <summary>The comparison with other servers, short: each starts, everything arrives, figures and chart come of it.</summary>
[Collection(Heavy.Name)]
public sealed class PeerComparisonTests
{
    [Theory]
    [InlineData("notify")]
    [InlineData("signalr")]
    [InlineData("aspnet")]
    [InlineData("bun")]
    [InlineData("ws")]
    [InlineData("socket.io")]
    public async Task Compare_StartsThePeerAndCountsEachDelivery(string name)
    {
        var options = PeerOptions.Parse($"--peers {name} --rounds 1 --connections 20 --idle 20 --seconds 0.3 --warmup 0.1 --settle 0.1".Split(' '));
        if (options.Peers[0].IsFromNpm && await NodeFolder.FillAsync() is { } none) Assert.Skip(none);
        var result = Assert.Single(await PeerComparison.RunAsync(options, TextWriter.Null, TimeProvider.System));

        Assert.Null(result.Trouble);
        Assert.Equal(0, result.Wrong);
        var round = Assert.Single(result.Rounds);
        Assert.All([round.Broadcast, round.OneAtATime, round.User], pushes => Assert.True(pushes.PerSecond > 0 && pushes.LatencyMs.P50 > 0, $"{pushes}"));
        Assert.NotNull(round.IdleBytes);
    }

    [Fact]
    public void Draw_OfResults_IsWellFormedAndMarksOurs()
    {
        var figures = new PushFigures(1.5, 1000, new(1, 2, 3, 4, 5), 0, 0);
        PeerResult[] results = [.. Peer.All.Select((peer, i) => new PeerResult(peer, [new(1000 * (i + 1), 1, figures, figures, figures)], null))];
        var svg = XDocument.Parse(PeerChart.Draw(results)).Root!;

        var bars = svg.Elements(svg.Name.Namespace + "rect").ToList();
        Assert.Equal(3 * Peer.All.Count, bars.Count);
        Assert.Equal(3, bars.Count(bar => bar.Attribute("class")!.Value == "ours"));
    }

    [Theory]
    [InlineData("--peers carrier")]
    [InlineData("--connections 0")]
    [InlineData("--seconds never")]
    [InlineData("--svg")]
    public void Parse_OfWhatMakesNoSense_Throws(string args) => Assert.Throws<ArgumentException>(() => PeerOptions.Parse(args.Split(' ')));
}
