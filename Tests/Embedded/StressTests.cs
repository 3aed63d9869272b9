using Notify.Tests.Platform;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using Xunit;

namespace Notify.Tests.Embedded;

/// <summary>Random callers, methods and ends of activations, all at once.</summary>
public sealed class StressTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private const int Callers = 8;
    private const int CallsEach = 1500;
    private const int Grains = 5;

    private readonly IStressedGrain[] _old =
        [.. Enumerable.Range(0, Grains).Select(key => engine.Grains.GetGrain<IStressedGrain>($"{key}"))];

    [Fact]
    public async Task Calls_WhenActivationsComeAndGo_AreAllAnsweredAndNoTurnsOverlap()
    {
        var seed = TestSeed.Next();
        var callers = Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(new Random(seed + caller))));
        await Task.WhenAll(callers).OrTimeout($"the callers (seed {seed})", TimeSpan.FromMinutes(2));
        Assert.Equal(0, engine.Journal.Count("overlap"));
        Assert.Equal(0, engine.Journal.Count("late"));
    }

    private async Task CallAsync(Random random)
    {
        var answers = 0;
        while (answers < CallsEach)
        {
            // Some at once, so that calls wait for each other.
            var calls = Enumerable.Range(0, random.Next(1, 5)).Select(_ => Call(random)).ToArray();
            foreach (var call in calls)
            {
                try
                {
                    await call;
                }
                catch (OrleansMessageRejectionException)
                {
                    // Handed over twice already, and the third activation left as well.
                }
            }

            answers += calls.Length;
        }
    }

    private Task Call(Random random)
    {
        // Old references know activations that are gone.
        var key = random.Next(Grains);
        var grain = random.Next(2) == 0 ? _old[key] : engine.Grains.GetGrain<IStressedGrain>($"{key}");
        return random.Next(100) switch
        {
            < 2 => grain.Leave(),
            < 30 => grain.Quick(),
            < 50 => grain.Slow(random.Next(4)),
            < 70 => grain.Interleaved(random.Next(4)),
            < 85 => grain.Read(random.Next(4)),
            _ => grain.Through($"{Grains + random.Next(Grains)}"),
        };
    }
}

public interface IStressedGrain : IGrainWithStringKey
{
    Task Quick();

    Task Slow(int yields);

    [AlwaysInterleave]
    Task Interleaved(int yields);

    [ReadOnly]
    Task Read(int yields);

    Task Through(string other);

    Task Leave();
}

internal sealed class StressedGrain(Journal journal) : Grain, IStressedGrain
{
    private int _inTurn;
    private int _exclusive;
    private bool _over;

    public Task Quick()
    {
        Touch();
        return Task.CompletedTask;
    }

    public async Task Slow(int yields)
    {
        if (_exclusive++ != 0)
            journal.Note("overlap");
        await YieldAsync(yields);
        _exclusive--;
    }

    public Task Interleaved(int yields) => YieldAsync(yields);

    public Task Read(int yields) => YieldAsync(yields);

    public async Task Through(string other)
    {
        Touch();
        await GrainFactory.GetGrain<IStressedGrain>(other).Slow(1);
        Touch();
    }

    public Task Leave()
    {
        Touch();
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await YieldAsync(2);
        _over = true;
    }

    private async Task YieldAsync(int yields)
    {
        for (var i = 0; i < yields; i++)
        {
            Touch();
            await Task.Yield();
        }

        Touch();
    }

    // Seen from two threads at once, or after the end, it tells.
    private void Touch()
    {
        if (Interlocked.Exchange(ref _inTurn, 1) != 0)
            journal.Note("overlap");
        if (_over)
            journal.Note("late");
        Thread.SpinWait(10);
        Volatile.Write(ref _inTurn, 0);
    }
}
