using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Xunit;

namespace Notify.Tests.Embedded;

/// <summary>Idle collection on the real clock, which is the only one that Orleans collects by.</summary>
public sealed class CollectionTests : IAsyncLifetime
{
    private EngineHosts _hosts = null!;

    public async ValueTask InitializeAsync() => _hosts = await EngineHosts.StartAsync(silo => silo.Configure<GrainCollectionOptions>(options =>
    {
        options.CollectionQuantum = TimeSpan.FromMilliseconds(100);
        options.CollectionAge = TimeSpan.FromMilliseconds(400);
    }));

    public ValueTask DisposeAsync() => _hosts.DisposeAsync();

    [Fact]
    public async Task Grain_WhenIdle_IsCollected()
    {
        var first = await Grain("idle").Id();
        await _hosts.Journal.NotedAsync("idle deactivated ActivationIdle");
        Assert.NotEqual(first, await Grain("idle").Id());
    }

    [Fact]
    public async Task Grain_WhenItDelaysDeactivation_IsKept()
    {
        await Grain("kept long").Delay(TimeSpan.FromHours(1));
        await Grain("kept for ever").Delay(Timeout.InfiniteTimeSpan);
        await Grain("kept at most").Delay(TimeSpan.MaxValue);
        await Grain("given back").Delay(TimeSpan.FromHours(1));
        await Grain("given back").Delay(TimeSpan.Zero);
        await AnotherIsCollected();
        await _hosts.Journal.NotedAsync("given back deactivated ActivationIdle");
        Assert.DoesNotContain("deactivated ActivationIdle", _hosts.Journal.Of("kept long"));
        Assert.DoesNotContain("deactivated ActivationIdle", _hosts.Journal.Of("kept for ever"));
        Assert.DoesNotContain("deactivated ActivationIdle", _hosts.Journal.Of("kept at most"));
    }

    [Fact]
    public async Task Grain_WhenACallRuns_IsKept()
    {
        var call = Grain("running").Wait();
        await AnotherIsCollected();
        Assert.Equal(["in"], _hosts.Journal.Of("running"));
        _hosts.Journal.Open("running");
        await call.OrTimeout("the call");
        await _hosts.Journal.NotedAsync("running deactivated ActivationIdle");
    }

    [Fact]
    public async Task Grain_WhenATimerKeepsItAlive_IsKept()
    {
        await Grain("alive").StartTimer(keepAlive: true);
        await Grain("not alive").StartTimer(keepAlive: false);
        await _hosts.Journal.NotedAsync("not alive deactivated ActivationIdle");
        await AnotherIsCollected();
        Assert.DoesNotContain("deactivated ActivationIdle", _hosts.Journal.Of("alive"));
    }

    [Fact]
    public async Task Grain_WhenItsClassKeepsItAlive_IsKept()
    {
        var first = await _hosts.Grains.GetGrain<IKeptAliveGrain>("class").Id();
        await AnotherIsCollected();
        Assert.Equal(first, await _hosts.Grains.GetGrain<IKeptAliveGrain>("class").Id());
    }

    // Twice: whoever was used before it would have gone too.
    private async Task AnotherIsCollected()
    {
        for (var time = 1; time <= 2; time++)
        {
            await Grain("another").Id();
            await _hosts.Journal.NotedAsync("another deactivated ActivationIdle", time);
        }
    }

    private IIdleGrain Grain(string key) => _hosts.Grains.GetGrain<IIdleGrain>(key);
}

public interface IIdleGrain : IGrainWithStringKey
{
    Task<ActivationId> Id();

    Task Delay(TimeSpan time);

    Task Wait();

    Task StartTimer(bool keepAlive);
}

public interface IKeptAliveGrain : IGrainWithStringKey
{
    Task<ActivationId> Id();
}

internal sealed class IdleGrain(Journal journal) : Grain, IIdleGrain
{
    private string Key => this.GetPrimaryKeyString();

    public Task<ActivationId> Id() => Task.FromResult(GrainContext.ActivationId);

    public Task Delay(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }

    public async Task Wait()
    {
        journal.Note($"{Key} in");
        await journal.GateAsync(Key);
    }

    public Task StartTimer(bool keepAlive)
    {
        var period = TimeSpan.FromMilliseconds(20);
        _ = this.RegisterGrainTimer(() => Task.CompletedTask, new() { DueTime = period, Period = period, KeepAlive = keepAlive });
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        journal.Note($"{Key} deactivated {reason.ReasonCode}");
        return Task.CompletedTask;
    }
}

[KeepAlive]
internal sealed class KeptAliveGrain : Grain, IKeptAliveGrain
{
    public Task<ActivationId> Id() => Task.FromResult(GrainContext.ActivationId);
}
