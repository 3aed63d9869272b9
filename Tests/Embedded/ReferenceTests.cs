using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Xunit;

namespace Notify.Tests.Embedded;

public sealed class ReferenceTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public void GetGrain_WhenNoClassImplementsTheInterface_IsRefused() =>
        Assert.Throws<ArgumentException>(() => engine.Grains.GetGrain<INobodysGrain>("a"));

    [Fact]
    public void GetGrain_WhenSeveralClassesDo_IsRefused() =>
        Assert.Throws<ArgumentException>(() => engine.Grains.GetGrain<ICommonGrain>("a"));

    [Fact]
    public async Task GetGrain_WhenOneOfThemIsMeant_FindsItsClass()
    {
        Assert.Equal("one a", await engine.Grains.GetGrain<IOneGrain>("a").Say());
        Assert.Equal("two a", await engine.Grains.GetGrain<ITwoGrain>("a").Say());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(null)]
    public void GetGrain_WhenTheKeyIsBlank_IsRefused(string? key) =>
        Assert.ThrowsAny<ArgumentException>(() => engine.Grains.GetGrain<IOneGrain>(key!));

    [Theory]
    [InlineData("a")]
    [InlineData("tenant/company/ü 漢 /")]
    public void Key_WhenAskedFor_IsAsGiven(string key)
    {
        var grain = engine.Grains.GetGrain<IOneGrain>(key);
        Assert.Equal(key, grain.GetPrimaryKeyString());
        Assert.Equal(key, grain.GetGrainId().Key.ToString());
        Assert.Equal($"one/{key}", grain.GetGrainId().ToString());
    }

    [Fact]
    public void References_WhenOfTheSameGrain_AreEqual()
    {
        var (a, again, b) = (engine.Grains.GetGrain<IOneGrain>("a"), engine.Grains.GetGrain<IOneGrain>("a"), engine.Grains.GetGrain<IOneGrain>("b"));
        Assert.Equal(a, again);
        Assert.Equal(a.GetHashCode(), again.GetHashCode());
        Assert.NotEqual(a, b);
        Assert.NotEqual<object>(a, engine.Grains.GetGrain<ITwoGrain>("a"));
    }

    [Fact]
    public async Task Grain_WhenItsConstructorThrows_FailsTheCall()
    {
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => engine.Grains.GetGrain<IUnmakeableGrain>("a").Say());
        Assert.Contains("cannot be made", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Grain_WhenItAsksForServices_GetsThem()
    {
        Assert.True(await engine.Grains.GetGrain<IOneGrain>("a").HasServices());
        Assert.NotNull(engine.Hosts.Silo.Services.GetRequiredService<IClusterClient>());
    }

    [Fact]
    public async Task Grain_WhenItIsDisposable_IsDisposedAfterDeactivation()
    {
        await engine.Grains.GetGrain<IOneGrain>("disposable").Leave();
        await engine.Journal.NotedAsync("disposable disposed");
        Assert.Equal(["deactivated", "disposed"], engine.Journal.Of("disposable"));
    }

    [Fact]
    public async Task ActivationId_WhenSentAndCompared_IsAValue()
    {
        var one = engine.Grains.GetGrain<ILifeGrain>("id");
        var id = await one.Id();
        Assert.Equal(id, await one.Id());
        Assert.NotEqual(id, ActivationId.NewId());
        Assert.True(default(ActivationId).IsDefault);
        Assert.False(id.IsDefault);
        Assert.Equal(33, id.ToString().Length);
    }
}

public interface INobodysGrain : IGrainWithStringKey;

public interface ICommonGrain : IGrainWithStringKey
{
    Task<string> Say();
}

public interface IOneGrain : ICommonGrain
{
    Task<bool> HasServices();

    Task Leave();
}

public interface ITwoGrain : ICommonGrain;

public interface IUnmakeableGrain : IGrainWithStringKey
{
    Task<string> Say();
}

internal sealed class OneGrain(Journal journal) : Grain, IOneGrain, IDisposable
{
    public Task<string> Say() => Task.FromResult($"one {this.GetPrimaryKeyString()}");

    public Task<bool> HasServices() => Task.FromResult(
        ReferenceEquals(journal, ServiceProvider.GetRequiredService<Journal>())
        && ReferenceEquals(this, GrainContext.GrainInstance)
        && GrainContext.GrainReference.GetPrimaryKeyString() == this.GetPrimaryKeyString());

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        journal.Note($"{this.GetPrimaryKeyString()} deactivated");
        return Task.CompletedTask;
    }

    public void Dispose() => journal.Note($"{this.GetPrimaryKeyString()} disposed");
}

internal sealed class TwoGrain : Grain, ITwoGrain
{
    public Task<string> Say() => Task.FromResult($"two {this.GetPrimaryKeyString()}");
}

internal sealed class UnmakeableGrain : Grain, IUnmakeableGrain
{
    public UnmakeableGrain() => throw new InvalidOperationException("cannot be made");

    public Task<string> Say() => Task.FromResult("");
}
