using Xunit;

namespace Notify.Tests.Embedded;

public sealed class TimerTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private readonly Journal _journal = engine.Journal;

    [Fact]
    public async Task Timer_WhenStarted_TicksAgainAndAgain()
    {
        await Grain("ticking").Start(new());
        await _journal.NotedAsync("ticking tick", times: 5);
    }

    [Fact]
    public async Task Timer_WhenThePeriodIsInfinite_TicksOnce()
    {
        await Grain("once").Start(new() { Once = true });
        await _journal.NotedAsync("once tick");
        await Grain("once").Start(new() { Name = "other" });
        await _journal.NotedAsync("once other", times: 5);
        Assert.Equal(1, _journal.Count("once tick"));
    }

    [Fact]
    public async Task Tick_WhenItTakesLong_IsNotOverlappedByTheNext()
    {
        await Grain("gated ticks").Start(new() { Gate = true, Interleave = true });
        await _journal.NotedAsync("gated ticks tick");
        await Grain("gated ticks").Start(new() { Name = "other", Interleave = true });
        await _journal.NotedAsync("gated ticks other", times: 5);
        Assert.Equal(1, _journal.Count("gated ticks tick"));
        _journal.Open("gated ticks tick");
        await _journal.NotedAsync("gated ticks tick", times: 3);
    }

    [Fact]
    public async Task Tick_WhenACallRuns_WaitsForIt()
    {
        var call = Grain("busy").StartAndWait(interleave: false);
        await _journal.NotedAsync("busy waiting");
        await _journal.NotedAsync("busy beat", times: 5);
        Assert.Equal(0, _journal.Count("busy tick"));
        _journal.Open("busy");
        await call.OrTimeout("the call");
        await _journal.NotedAsync("busy tick");
    }

    [Fact]
    public async Task Tick_WhenItInterleaves_DoesNotWaitForCalls()
    {
        var call = Grain("interleaving").StartAndWait(interleave: true);
        await _journal.NotedAsync("interleaving tick", times: 3);
        _journal.Open("interleaving");
        await call.OrTimeout("the call");
    }

    [Fact]
    public async Task Call_WhenATickRuns_WaitsForIt()
    {
        await Grain("ticked").Start(new() { Gate = true });
        await _journal.NotedAsync("ticked tick");
        var call = Grain("ticked").Call("call");
        await Grain("ticked").Interleaved("interleaved");
        _journal.Open("ticked tick");
        await call.OrTimeout("the call");
        Assert.Equal(["tick", "interleaved", "ticked", "call"], _journal.Of("ticked").Take(4));
    }

    [Fact]
    public async Task Tick_WhenItThrows_IsFollowedByTheNext()
    {
        await Grain("throwing").Start(new() { Throw = true });
        await _journal.NotedAsync("throwing tick", times: 3);
    }

    [Fact]
    public async Task Dispose_WhenATickRuns_CancelsItAndEndsTheTimer()
    {
        await Grain("disposed").Start(new() { UntilCancelled = true, Interleave = true });
        await _journal.NotedAsync("disposed tick");
        await Grain("disposed").StopTimer();
        await _journal.NotedAsync("disposed cancelled");
        await Grain("disposed").Start(new() { Name = "other" });
        await _journal.NotedAsync("disposed other", times: 5);
        Assert.Equal(1, _journal.Count("disposed tick"));
    }

    [Fact]
    public async Task Change_WhenTheTimerHasNotTicked_SetsItAnew()
    {
        await Grain("changed").Start(new() { Never = true });
        await Grain("changed").ChangeTimer();
        await _journal.NotedAsync("changed tick", times: 2);
    }

    [Fact]
    public async Task Timer_WhenTheActivationEnds_Ends()
    {
        await Grain("ending").Start(new());
        await _journal.NotedAsync("ending tick");
        await Grain("ending").Leave();
        await _journal.NotedAsync("ending gone");
        var ticks = _journal.Count("ending tick");
        await Grain("ending").Start(new() { Name = "other" });
        await _journal.NotedAsync("ending other", times: 5);
        Assert.Equal(ticks, _journal.Count("ending tick"));
    }

    [Fact]
    public async Task Timer_WhenItsCancellationThrows_DoesNotHoldUpTheEndOfTheActivation()
    {
        await Grain("stubborn").Start(new() { ThrowWhenCancelled = true });
        await _journal.NotedAsync("stubborn tick");
        await Grain("stubborn").Leave();
        await _journal.NotedAsync("stubborn gone");
        await Grain("stubborn").Call("back").OrTimeout("the next activation");
    }

    private ITimerGrain Grain(string key) => engine.Grains.GetGrain<ITimerGrain>(key);
}
