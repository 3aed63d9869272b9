using Orleans;
using Orleans.Concurrency;
using Xunit;

namespace Notify.Tests.Embedded;

public sealed class TurnTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private readonly Journal _journal = engine.Journal;

    [Fact]
    public async Task Turns_WhenManyCallsInterleave_NeverOverlap()
    {
        var grain = engine.Grains.GetGrain<IReentrantTurnGrain>("counting");
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => grain.CountWithYields(20)))).OrTimeout("200 calls");
        Assert.Equal(200 * 20, await grain.Counted());
    }

    [Fact]
    public async Task Await_WhenItCompletesElsewhere_ResumesAsATurn()
    {
        var grain = engine.Grains.GetGrain<IReentrantTurnGrain>("resuming");
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => grain.CountAfterPool(20))).OrTimeout("100 calls");
        Assert.Equal(100 * 20, await grain.Counted());
    }

    [Fact]
    public async Task Call_WhenTheGrainIsNotReentrant_WaitsForTheOneBefore()
    {
        var grain = engine.Grains.GetGrain<ITurnGrain>("strict");
        var first = grain.Enter("a");
        await _journal.NotedAsync("strict a in");
        var second = grain.Enter("b");
        await grain.Peek("strict interleaved");
        Assert.Equal(["a in", "interleaved"], _journal.Of("strict"));
        _journal.Open("strict a");
        await first.OrTimeout("the first call");
        _journal.Open("strict b");
        await second.OrTimeout("the second call");
        Assert.Equal(["a in", "interleaved", "a out", "b in", "b out"], _journal.Of("strict"));
    }

    [Fact]
    public async Task Call_WhenTheGrainIsReentrant_InterleavesAtAwaits()
    {
        var grain = engine.Grains.GetGrain<IReentrantTurnGrain>("loose");
        var first = grain.Enter("a");
        await _journal.NotedAsync("loose a in");
        var second = grain.Enter("b");
        await _journal.NotedAsync("loose b in");
        _journal.Open("loose b");
        await second.OrTimeout("the second call");
        _journal.Open("loose a");
        await first.OrTimeout("the first call");
        Assert.Equal(["a in", "b in", "b out", "a out"], _journal.Of("loose"));
    }

    [Fact]
    public async Task ReadOnly_WhenAnotherReadOnlyRuns_Interleaves()
    {
        var grain = engine.Grains.GetGrain<ITurnGrain>("readers");
        var first = grain.Read("a");
        await _journal.NotedAsync("readers a in");
        var second = grain.Read("b");
        await _journal.NotedAsync("readers b in");
        _journal.Open("readers a");
        _journal.Open("readers b");
        await Task.WhenAll(first, second).OrTimeout("both reads");
    }

    [Fact]
    public async Task ReadOnly_WhenAWriterRuns_Waits()
    {
        var grain = engine.Grains.GetGrain<ITurnGrain>("reader and writer");
        var writer = grain.Enter("w");
        await _journal.NotedAsync("reader and writer w in");
        var reader = grain.Read("r");
        await grain.Peek("reader and writer interleaved");
        _journal.Open("reader and writer w");
        _journal.Open("reader and writer r");
        await Task.WhenAll(writer, reader).OrTimeout("both calls");
        Assert.Equal(["w in", "interleaved", "w out", "r in", "r out"], _journal.Of("reader and writer"));
    }

    [Fact]
    public async Task ReadOnly_WhenTheFirstReaderIsDone_NoLongerKeepsWritersOut()
    {
        // Not what one would wish, but what Orleans does: only the call that began alone blocks others.
        var grain = engine.Grains.GetGrain<ITurnGrain>("late reader");
        var first = grain.Read("a");
        await _journal.NotedAsync("late reader a in");
        var second = grain.Read("b");
        await _journal.NotedAsync("late reader b in");
        var writer = grain.Enter("w");
        _journal.Open("late reader a");
        await first.OrTimeout("the first reader");
        await _journal.NotedAsync("late reader w in");
        _journal.Open("late reader b");
        _journal.Open("late reader w");
        await Task.WhenAll(second, writer).OrTimeout("the other calls");
    }

    [Fact]
    public async Task Calls_WhenOneCallerMakesThemToAnActiveGrain_RunInItsOrder()
    {
        // Orleans keeps no order among calls that arrive before the activation: seen, the last came first.
        var grain = engine.Grains.GetGrain<ITurnGrain>("ordered");
        await grain.Peek("ordered activated");
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => grain.Mark(i))).OrTimeout("500 calls");
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}").Prepend("activated"), _journal.Of("ordered"));
    }

    [Fact]
    public async Task Call_WhenMadeFromATurn_LetsTheCallerContinueAsATurn()
    {
        var hub = engine.Grains.GetGrain<IReentrantTurnGrain>("hub");
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => hub.CountThrough($"spoke {i % 7}", 20))).OrTimeout("100 calls");
        Assert.Equal(100 * 20, await hub.Counted());
    }
}

public interface ITurnGrain : IGrainWithStringKey
{
    Task Enter(string name);

    [ReadOnly]
    Task Read(string name);

    [AlwaysInterleave]
    Task Peek(string note);

    Task Mark(int number);
}

public interface IReentrantTurnGrain : IGrainWithStringKey
{
    Task Enter(string name);

    Task CountWithYields(int times);

    Task CountAfterPool(int times);

    Task CountThrough(string other, int times);

    Task<int> Counted();
}

internal sealed class TurnGrain(Journal journal) : Grain, ITurnGrain
{
    public async Task Enter(string name)
    {
        var key = this.GetPrimaryKeyString();
        journal.Note($"{key} {name} in");
        await journal.GateAsync($"{key} {name}");
        journal.Note($"{key} {name} out");
    }

    public Task Read(string name) => Enter(name);

    public Task Peek(string note)
    {
        journal.Note(note);
        return Task.CompletedTask;
    }

    public Task Mark(int number)
    {
        journal.Note($"{this.GetPrimaryKeyString()} {number}");
        return Task.CompletedTask;
    }
}

[Reentrant]
internal sealed class ReentrantTurnGrain(Journal journal) : Grain, IReentrantTurnGrain
{
    private int _count;

    public async Task Enter(string name)
    {
        var key = this.GetPrimaryKeyString();
        journal.Note($"{key} {name} in");
        await journal.GateAsync($"{key} {name}");
        journal.Note($"{key} {name} out");
    }

    public async Task CountWithYields(int times)
    {
        for (var i = 0; i < times; i++)
        {
            CountSlowly();
            await Task.Yield();
        }
    }

    public async Task CountAfterPool(int times)
    {
        for (var i = 0; i < times; i++)
        {
            await Task.Run(static () => Thread.SpinWait(10));
            CountSlowly();
        }
    }

    public async Task CountThrough(string other, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await GrainFactory.GetGrain<IReentrantTurnGrain>(other).Counted();
            CountSlowly();
        }
    }

    public Task<int> Counted() => Task.FromResult(_count);

    // Loses counts if two turns run at once.
    private void CountSlowly()
    {
        var count = _count;
        Thread.SpinWait(20);
        _count = count + 1;
    }
}
