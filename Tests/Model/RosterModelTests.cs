using System.Globalization;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Model;

/// <summary>
/// The roster protocol under random schedules in virtual time: attach, detach, time-outs, deactivation, double activations, early, late and
/// lost deliveries, joins, lease expiry and wake-up, silos and edges that die; appends with an unknown outcome, pushes that are tried again,
/// retention, history that is lost.
/// NOTIFY_MODEL_SCHEDULES and NOTIFY_MODEL_SEED change how many schedules are run and from which seed; the long run has 100,000.
/// </summary>
[Collection(Heavy.Name)]
public sealed class RosterModelTests(ITestOutputHelper output)
{
    private const int Schedules = 20_000;
    private const int KnockOutSchedules = 200_000;

    public static TheoryData<Rule> Rules => [.. Enum.GetValues<Rule>().Where(r => r != Rule.None)];

    [Fact]
    public void Schedules_WithAllRules_LoseNothingAndRepeatNothing()
    {
        int first = FromEnvironment("NOTIFY_MODEL_SEED", 20_260_000);
        int count = FromEnvironment("NOTIFY_MODEL_SCHEDULES", Schedules);
        output.WriteLine($"{count} schedules from seed {first}");
        var failed = FirstFailure(Rule.None, first, count);
        Assert.True(failed is null, failed);
    }

    [Theory, MemberData(nameof(Rules))]
    public void Schedules_WithoutOneRule_Fail(Rule rule)
    {
        var failed = FirstFailure(rule, 1, KnockOutSchedules);
        output.WriteLine($"{rule}: {failed}");
        Assert.True(failed is not null, $"Nothing fails without the rule {rule}: it is not needed, or the model does not exercise it.");
    }

    [Fact(Explicit = true)]
    public void Seed_FromEnvironment_IsTraced()
    {
        var world = new World(FromEnvironment("NOTIFY_MODEL_SEED", 1), Rule.None) { Trace = output.WriteLine };
        Assert.Empty(world.Run());
    }

    private static string? FirstFailure(Rule without, int firstSeed, int count)
    {
        string? failed = null;
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = 2 }, (i, loop) =>
        {
            if (loop.IsStopped) return;
            int seed = unchecked(firstSeed + i);
            var failures = new World(seed, without).Run();
            if (failures.Count == 0) return;
            Interlocked.CompareExchange(ref failed, $"seed {seed}: {string.Join("; ", failures.Take(5))}", null);
            loop.Stop();
        });
        return failed;
    }

    private static int FromEnvironment(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
