using System.Globalization;
using System.Text.RegularExpressions;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Hostile;

/// <summary>
/// Everything that somebody with a socket can do to the real Standalone, while a pusher and clients go on: each attempt ends as it
/// should, the others notice next to nothing, and afterwards nothing of it is left.
/// </summary>
[Collection(Heavy.Name)]
public sealed class HostileInputTests(ITestOutputHelper output)
{
    private const int AtOnce = 12;
    private const int HealthyConnections = 2;
    private const int AlonePushes = 200;
    private const long GrowthLimitBytes = 48L << 20;

    private static readonly TimeSpan LatencyMargin = TimeSpan.FromSeconds(1);

    private static readonly Regex Failures = new("^(fail|crit):", RegexOptions.Multiline);

    private readonly HostileTally _tally = new();

    [Fact]
    public async Task HostileInput_OfAllKinds_EndsAsItShouldAndLeavesNothing()
    {
        var random = new Random(TestSeed.Next());
        int rounds = TestSeed.Rounds(1, inTheLongRun: 10);
        await using var server = new HostileServer();
        await server.StartAsync();
        await using var healthy = await HealthyTraffic.StartAsync(server.Address);
        var target = new HostileTarget(server.Address);
        var alone = await healthy.AloneAsync(AlonePushes);

        _ = await healthy.DuringAsync(RoundAsync(target, random, SlowAttacks.Lasting.Take(1))); // fills pools and compiles code
        await server.UntilConnectionsAsync(HealthyConnections);
        var (memory, handles) = (server.ResidentBytes(), server.OpenHandles());
        var beside = new List<TimeSpan>();
        for (int i = 0; i < rounds; i++) beside.AddRange(await healthy.DuringAsync(RoundAsync(target, random, SlowAttacks.Lasting)));
        beside.Sort();
        await server.UntilConnectionsAsync(HealthyConnections);
        await using var newcomers = await HealthyTraffic.StartAsync(server.Address);
        var after = await healthy.AloneAsync(AlonePushes);
        long growth = server.ResidentBytes() - memory;

        output.WriteLine(_tally.ToString());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_tally.Total:N0} attempts, {healthy.Count:N0} pushes beside them, each received in order over both transports"));
        output.WriteLine($"p50, p99 alone {Shown(alone)}, beside hostile input {Shown(beside)}, after it {Shown(after)}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"memory after the first round {memory >> 20} MiB, after {rounds} more {growth / 1048576.0:+0.0;-0.0} MiB (allowed +{GrowthLimitBytes >> 20}); open handles {handles}, then {server.OpenHandles()}"));
        Assert.True(_tally.Surprises.Count == 0, string.Join('\n', _tally.Surprises));
        string log = server.Output;
        var failed = Failures.Match(log);
        Assert.False(failed.Success, $"A stranger fills no log with failures: {log[failed.Index..Math.Min(log.Length, failed.Index + 3_000)]}");
        Assert.InRange(growth, long.MinValue, GrowthLimitBytes);
        var limit = 5 * P99(alone) + LatencyMargin;
        Assert.True(P99(beside) <= limit, $"p99 is {P99(beside).TotalMilliseconds:0} ms beside hostile input; allowed {limit.TotalMilliseconds:0}");
    }

    private static TimeSpan P99(IReadOnlyList<TimeSpan> sorted) => sorted[sorted.Count * 99 / 100];

    private static string Shown(IReadOnlyList<TimeSpan> sorted) =>
        string.Create(CultureInfo.InvariantCulture, $"{sorted[sorted.Count / 2].TotalMilliseconds:0.0}/{P99(sorted).TotalMilliseconds:0.0} ms");

    /// <summary>All kinds, mixed, so many at once; those that wait to be cut off beside them.</summary>
    private async Task RoundAsync(HostileTarget target, Random random, IEnumerable<Attack> slow)
    {
        var lasting = slow.SelectMany(Times).Select(attack => TryAsync(attack, target, new(random.Next()))).ToArray();
        Attack[] attacks = [.. FrameAttacks.All.Concat(MessageAttacks.All).Concat(HttpAttacks.All).Concat(PushAttacks.All).Concat(SlowAttacks.Short).Concat(RandomAttacks.All).SelectMany(Times)];
        random.Shuffle(attacks);
        var seeded = attacks.Select(attack => (attack, Seed: random.Next())).ToArray();
        await Parallel.ForEachAsync(seeded, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (one, _) => await TryAsync(one.attack, target, new(one.Seed)));
        await Task.WhenAll(lasting);
    }

    private static IEnumerable<Attack> Times(Attack attack) => Enumerable.Repeat(attack, attack.Count);

    private async Task TryAsync(Attack attack, HostileTarget target, Random random)
    {
        try
        {
            _tally.Add(attack, await attack.RunAsync(target, random));
        }
        catch (Exception failure) when (failure is TimeoutException or IOException or System.Net.Sockets.SocketException)
        {
            _tally.Add(attack, failure.Message);
        }
    }
}
