using Orleans;
using Orleans.Concurrency;
using Xunit;

namespace Notify.Tests.Embedded;

public sealed class CallTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static readonly AsyncLocal<string?> Ambient = new();

    private readonly Journal _journal = engine.Journal;

    [Fact]
    public async Task Call_WhenItAnswers_GivesTheValue()
    {
        var grain = Grain("answers");
        Assert.Equal("b,a", await grain.Join("b", "a"));
        Assert.Equal(3, await grain.AddLater(1, 2));
        Assert.Equal(5, await grain.AddValue(2, 3));
        Assert.Equal(7, await grain.AddValueLater(3, 4));
        await grain.NothingValue();
        Assert.Null(await grain.Join(null, null));
    }

    [Theory]
    [InlineData(nameof(ICallGrain.ThrowAtOnce))]
    [InlineData(nameof(ICallGrain.ThrowLater))]
    [InlineData(nameof(ICallGrain.ThrowFromValue))]
    public async Task Call_WhenItThrows_GivesTheException(string method)
    {
        var grain = Grain("throws");
        var call = method switch
        {
            nameof(ICallGrain.ThrowAtOnce) => grain.ThrowAtOnce("oh"),
            nameof(ICallGrain.ThrowLater) => grain.ThrowLater("oh"),
            _ => grain.ThrowFromValue("oh").AsTask(),
        };
        var exception = await Assert.ThrowsAsync<FormatException>(() => call);
        Assert.Equal("oh", exception.Message);
        Assert.Equal("still here", await grain.Join("still here", null));
    }

    [Fact]
    public async Task Call_WhenItTakesTooLong_TimesOutAndGoesOn()
    {
        var call = Grain("slow").WaitAtMost500ms("a");
        await Assert.ThrowsAsync<TimeoutException>(() => call.OrTimeout("the time-out"));
        Assert.Equal(["a in"], _journal.Of("slow"));
        _journal.Open("slow a");
        await _journal.NotedAsync("slow a out");
    }

    [Fact]
    public async Task Call_WhenItsCallerTimedOutWhileItWaited_IsNotRun()
    {
        var running = Grain("expiring").Wait("a");
        await _journal.NotedAsync("expiring a in");
        await Assert.ThrowsAsync<TimeoutException>(() => Grain("expiring").WaitAtMost500ms("b").OrTimeout("the time-out"));
        _journal.Open("expiring a");
        await running.OrTimeout("the running call");
        await Grain("expiring").Join("after", null);
        Assert.Equal(["a in", "a out"], _journal.Of("expiring"));
    }

    [Fact]
    public async Task Call_WhenItComesBackToAGrainThatWaits_TimesOut()
    {
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => Grain("ping").CallThrough("pong", "ping").OrTimeout("the time-out"));
        Assert.IsType<TimeoutException>(exception);
        Assert.Equal("free again", await Grain("ping").Join("free again", null));
    }

    [Fact]
    public async Task OneWay_WhenTheMethodWaits_ReturnsAtOnce()
    {
        await Grain("one way").Throw("a").OrTimeout("the return");
        await _journal.NotedAsync("one way a in");
        _journal.Open("one way a");
        await Grain("one way").Join("after", null).OrTimeout("a call after a failed one-way call");
    }

    [Fact]
    public async Task Token_WhenCancelled_ReachesTheMethodAndFreesTheCaller()
    {
        using var cancellation = new CancellationTokenSource();
        var call = Grain("cancelled").WaitFor(cancellation.Token);
        await _journal.NotedAsync("cancelled waiting");
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.OrTimeout("the caller"));
        await _journal.NotedAsync("cancelled token");
    }

    [Fact]
    public async Task Reference_WhenTheInterfaceInheritsMethods_ServesThemAll()
    {
        var derived = engine.Grains.GetGrain<IDerivedCallGrain>("derived");
        IBaseCallGrain inherited = derived;
        Assert.Equal("base derived", await inherited.Base());
        Assert.Equal("derived derived", await derived.Derived());
        Assert.Equal("base derived", await derived.AsReference<IBaseCallGrain>().Base());
        Assert.Equal("derived", derived.GetPrimaryKeyString());
        Assert.Equal(derived.GetGrainId(), inherited.GetGrainId());
    }

    [Fact]
    public async Task Reference_WhenPassedOn_CallsTheSameGrain()
    {
        var self = await Grain("passed on").Self();
        Assert.Equal("passed on", self.GetPrimaryKeyString());
        Assert.Equal("passed on", await Grain("passer").NameOf(self));
        Assert.Equal(Grain("passed on"), self);
    }

    [Fact]
    public async Task Call_WhenGrainsCallDeeply_Answers()
    {
        Assert.Equal(200, await Grain("depth 0").Dig(200).OrTimeout("the answer from the deep"));
    }

    [Fact]
    public async Task AsyncLocals_WhenACallIsMade_StayWithTheirOwner()
    {
        Ambient.Value = "mine";
        Assert.Equal("none", await Grain("ambient").SetAmbient());
        Assert.Equal("mine", Ambient.Value);
        Assert.Equal("none", await Grain("ambient").SetAmbient());
    }

    [Fact]
    public async Task Context_WhenACallIsMade_StaysTheCallers()
    {
        var context = new SynchronizationContext();
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        var call = Grain("context").Join("a", "b");
        var after = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(before);
        Assert.Same(context, after);
        await call;
    }

    private ICallGrain Grain(string key) => engine.Grains.GetGrain<ICallGrain>(key);

    internal static string SetAmbientHere()
    {
        var found = Ambient.Value ?? "none";
        Ambient.Value = "the grain's";
        return found;
    }
}

public interface ICallGrain : IGrainWithStringKey
{
    Task<string?> Join(string? a, string? b);

    Task<int> AddLater(int a, int b);

    ValueTask<int> AddValue(int a, int b);

    ValueTask<int> AddValueLater(int a, int b);

    ValueTask NothingValue();

    Task ThrowAtOnce(string message);

    Task<int> ThrowLater(string message);

    ValueTask<int> ThrowFromValue(string message);

    Task Wait(string name);

    [ResponseTimeout("00:00:00.5")]
    Task WaitAtMost500ms(string name);

    Task CallThrough(string other, string back);

    [ResponseTimeout("00:00:00.5")]
    Task<string?> JoinAtMost500ms(string? a, string? b);

    [OneWay]
    Task Throw(string name);

    Task WaitFor(CancellationToken cancellationToken);

    Task<ICallGrain> Self();

    Task<string> NameOf(ICallGrain other);

    Task<int> Dig(int depth);

    Task<string> SetAmbient();
}

public interface IBaseCallGrain : IGrainWithStringKey
{
    Task<string> Base();
}

public interface IDerivedCallGrain : IBaseCallGrain
{
    Task<string> Derived();
}

internal sealed class DerivedCallGrain : Grain, IDerivedCallGrain
{
    public Task<string> Base() => Task.FromResult($"base {this.GetPrimaryKeyString()}");

    public Task<string> Derived() => Task.FromResult($"derived {this.GetPrimaryKeyString()}");
}
