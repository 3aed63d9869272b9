using Notify.Tests.EdgeHost.Delivery;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Faults;

/// <summary>Batches between silo and edges are lost, repeated, reordered and late, by a schedule of the seed, while pushers push.</summary>
[Collection(Heavy.Name)]
public sealed class StreamFaultTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Push_WhileBatchesAreSpoiled_LosesAndRepeatsNothing()
    {
        await using var run = new FaultRun(output);
        var spoilers = new List<LossyStreams>();
        await using var platform = await TestPlatform.StartAsync(new()
        {
            EdgeCount = 2,
            Settings = new(FaultRun.Retention),
            EdgeServices = services =>
            {
                spoilers.Add(new(run.Seed + spoilers.Count));
                spoilers[^1].AddTo(services);
            },
        });
        await run.ConnectAsync(16, platform.Edges[0].Address, platform.Edges[1].Address);
        run.Push(16, platform.Edges[0].Address, platform.Edges[1].Address);
        for (int i = TestSeed.Rounds(1, inTheLongRun: 20); i > 0; i--) await run.AcknowledgedAsync(3_000);
        foreach (var spoiler in spoilers) spoiler.IsClean = true; // else the last ones might be lost again and again
        await run.EndAsync("spoiled streams", platform.Edges[0].Address);

        output.WriteLine($"batches: {spoilers.Sum(s => s.LostCount)} lost, {spoilers.Sum(s => s.RepeatedCount)} repeated, "
            + $"{spoilers.Sum(s => s.OvertakenCount)} overtaken, {spoilers.Sum(s => s.DelayedCount)} late");
        Assert.All(spoilers, s => Assert.True(s.LostCount > 0 && s.RepeatedCount > 0 && s.OvertakenCount > 0 && s.DelayedCount > 0));
    }
}
