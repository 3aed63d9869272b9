using Orleans;
using Orleans.Runtime;
using Xunit;

namespace Notify.Tests.Embedded;

public sealed class ActivationTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private readonly Journal _journal = engine.Journal;

    [Fact]
    public async Task Call_WhenManyAreFirst_ActivatesOnce()
    {
        var calls = Enumerable.Range(0, 50).Select(_ => Task.Run(() => Grain("many").Id()));
        var ids = await Task.WhenAll(calls).OrTimeout("50 answers");
        Assert.Single(ids.Distinct());
        Assert.Equal(1, _journal.Count("many activating"));
    }

    [Fact]
    public async Task Call_WhenFirst_WaitsForOnActivate()
    {
        var id = Grain("gated").Id();
        await _journal.NotedAsync("gated activating");
        Assert.False(id.IsCompleted);
        _journal.Open("gated activation");
        await id.OrTimeout("the answer after the activation");
        Assert.Equal(["activating", "activated", "called"], _journal.Of("gated"));
    }

    [Fact]
    public async Task OnActivate_WhenItFails_FailsTheCallWithItsException()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => Grain("failing").Id());
        Assert.Equal("not today", exception.Message);
    }

    [Fact]
    public async Task OnActivate_WhenItFailed_IsTriedAnewByTheNextCall()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Grain("failing once").Id());
        await Grain("failing once").Id();
        Assert.Equal(["activating", "activating", "activated", "called"], _journal.Of("failing once"));
    }

    [Fact]
    public async Task DeactivateOnIdle_WhenTheCallIsDone_EndsTheActivation()
    {
        var first = await Grain("leaving").Id();
        await Grain("leaving").Leave();
        await _journal.NotedAsync("leaving deactivated ApplicationRequested");
        var second = await Grain("leaving").Id();
        Assert.NotEqual(first, second);
        Assert.Equal(1, _journal.Count("leaving deactivated ApplicationRequested"));
    }

    [Fact]
    public async Task Reference_WhenTheActivationItKnewIsGone_CallsTheNext()
    {
        var old = Grain("renewed");
        var first = await old.Id();
        await old.Leave();
        await _journal.NotedAsync("renewed deactivated ApplicationRequested");
        var second = await Grain("renewed").Id();
        Assert.Equal(second, await old.Id().OrTimeout("the answer by the old reference", TimeSpan.FromSeconds(10)));
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task DeactivateOnIdle_WhenCallsWait_SendsThemToTheNextActivation()
    {
        var first = await Grain("handing over").Id();
        var leaving = Grain("handing over").LeaveAfterGate();
        await _journal.NotedAsync("handing over leaving");
        var waiting = Enumerable.Range(0, 5).Select(_ => Grain("handing over").Id()).ToArray();
        _journal.Open("handing over leave");
        await leaving.OrTimeout("the call that leaves");
        var ids = await Task.WhenAll(waiting).OrTimeout("the calls that waited");
        Assert.NotEqual(first, Assert.Single(ids.Distinct()));
    }

    [Fact]
    public async Task OnActivate_WhenItFailsAndTheGrainIsSlowToDispose_FailsTheCallsThatWaitToo()
    {
        var first = Grain("slow to die").Id();
        await _journal.NotedAsync("slow to die disposing");
        var second = Grain("slow to die").Id();
        Assert.False(second.IsCompleted);
        _journal.Open("slow to die disposal");
        await Assert.ThrowsAsync<InvalidOperationException>(() => first.OrTimeout("the first call"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => second.OrTimeout("the second call"));
    }

    [Fact]
    public async Task DeactivateOnIdle_WhenEveryCallEndsItsActivation_RejectsCallsAfterTwoHandOvers()
    {
        await Grain("restless").Id();
        var first = Grain("restless").LeaveAfterGate();
        await _journal.NotedAsync("restless leaving");
        var waiting = Enumerable.Range(0, 5).Select(_ => Grain("restless").Leave()).ToArray();
        _journal.Open("restless leave");
        await first.OrTimeout("the first call");
        await Task.WhenAll(waiting).ContinueWith(_ => { }, TaskScheduler.Default).OrTimeout("the calls that waited");
        Assert.Equal(2, waiting.Count(call => call.IsCompletedSuccessfully));
        Assert.All(waiting.Where(call => call.IsFaulted), call => Assert.IsType<OrleansMessageRejectionException>(call.Exception!.InnerException));
    }

    private ILifeGrain Grain(string key) => engine.Grains.GetGrain<ILifeGrain>(key);
}

public interface ILifeGrain : IGrainWithStringKey
{
    Task<ActivationId> Id();

    Task Leave();

    Task LeaveAfterGate();
}

internal sealed class LifeGrain(Journal journal) : Grain, ILifeGrain, IAsyncDisposable
{
    private string Key => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        journal.Note($"{Key} activating");
        if (Key == "gated")
            await journal.GateAsync("gated activation");
        if (Key is "failing" or "slow to die" || (Key == "failing once" && journal.Count("failing once activating") == 1))
            throw new InvalidOperationException("not today");
        journal.Note($"{Key} activated");
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        journal.Note($"{Key} deactivated {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task<ActivationId> Id()
    {
        journal.Note($"{Key} called");
        return Task.FromResult(GrainContext.ActivationId);
    }

    public async ValueTask DisposeAsync()
    {
        if (Key == "slow to die")
        {
            journal.Note($"{Key} disposing");
            await journal.GateAsync($"{Key} disposal");
        }
    }

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task LeaveAfterGate()
    {
        DeactivateOnIdle();
        journal.Note($"{Key} leaving");
        await journal.GateAsync($"{Key} leave");
    }
}
