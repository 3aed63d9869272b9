using Orleans;
using Orleans.Concurrency;
using Xunit;

namespace Notify.Tests.Embedded;

public sealed class ObserverTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task Observer_WhenAGrainCalls_AnswersIt()
    {
        var observer = new TestObserver();
        var reference = engine.Grains.CreateObjectReference<ITestObserver>(observer);
        Assert.Equal(3, await Grain("answer").Add(reference, 1, 2));
        GC.KeepAlive(observer);
    }

    [Fact]
    public async Task Observer_WhenItThrows_GivesTheGrainTheException()
    {
        var observer = new TestObserver();
        var reference = engine.Grains.CreateObjectReference<ITestObserver>(observer);
        var exception = await Assert.ThrowsAsync<FormatException>(() => Grain("throw").Throw(reference, "oh"));
        Assert.Equal("oh", exception.Message);
        GC.KeepAlive(observer);
    }

    [Fact]
    public async Task Calls_WhenTheObserverIsBusy_WaitInOrder()
    {
        var observer = new TestObserver();
        var reference = engine.Grains.CreateObjectReference<ITestObserver>(observer);
        await Grain("order").MarkMany(reference, 300).OrTimeout("300 calls");
        Assert.Equal(Enumerable.Range(0, 300), observer.Marks);
        Assert.Equal(1, observer.MostAtOnce);
    }

    [Fact]
    public async Task Call_WhenItAlwaysInterleaves_DoesNotWait()
    {
        var observer = new TestObserver();
        var reference = engine.Grains.CreateObjectReference<ITestObserver>(observer);
        var waiting = reference.Wait();
        await observer.Waiting.Task.OrTimeout("the call that waits");
        await reference.Release().OrTimeout("the call that interleaves");
        await waiting.OrTimeout("the released call");
    }

    [Fact]
    public async Task Call_WhenTheReferenceWasDeleted_TimesOut()
    {
        var observer = new TestObserver();
        var reference = engine.Grains.CreateObjectReference<ITestObserver>(observer);
        Assert.Equal(3, await reference.Add(1, 2));
        engine.Grains.DeleteObjectReference<ITestObserver>(reference);
        await Assert.ThrowsAsync<TimeoutException>(() => reference.Add(1, 2).OrTimeout("the time-out"));
        GC.KeepAlive(observer);
    }

    [Fact]
    public async Task Call_WhenTheObserverWasCollected_TimesOut()
    {
        var reference = ReferToNothing(engine.Grains);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        await Assert.ThrowsAsync<TimeoutException>(() => reference.Add(1, 2).OrTimeout("the time-out"));
    }

    [Fact]
    public void Reference_WhenMadeOfAReference_IsRefused()
    {
        var reference = engine.Grains.CreateObjectReference<ITestObserver>(new TestObserver());
        Assert.Throws<ArgumentException>(() => engine.Grains.CreateObjectReference<ITestObserver>(reference));
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static ITestObserver ReferToNothing(IGrainFactory grains) =>
        grains.CreateObjectReference<ITestObserver>(new TestObserver());

    private IObservedGrain Grain(string key) => engine.Grains.GetGrain<IObservedGrain>(key);
}

public interface ITestObserver : IGrainObserver
{
    [ResponseTimeout("00:00:00.5")]
    Task<int> Add(int a, int b);

    Task Throw(string message);

    Task Mark(int number);

    Task Wait();

    [AlwaysInterleave]
    Task Release();
}

public interface IObservedGrain : IGrainWithStringKey
{
    Task<int> Add(ITestObserver observer, int a, int b);

    Task Throw(ITestObserver observer, string message);

    Task MarkMany(ITestObserver observer, int count);
}

internal sealed class ObservedGrain : Grain, IObservedGrain
{
    public Task<int> Add(ITestObserver observer, int a, int b) => observer.Add(a, b);

    public Task Throw(ITestObserver observer, string message) => observer.Throw(message);

    public Task MarkMany(ITestObserver observer, int count) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(observer.Mark));
}

internal sealed class TestObserver : ITestObserver
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _atOnce;

    public TaskCompletionSource Waiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<int> Marks { get; } = [];

    public int MostAtOnce { get; private set; }

    public Task<int> Add(int a, int b) => Task.FromResult(a + b);

    public Task Throw(string message) => throw new FormatException(message);

    public async Task Mark(int number)
    {
        MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _atOnce));
        if (number % 3 == 0)
            await Task.Yield();
        Marks.Add(number);
        Interlocked.Decrement(ref _atOnce);
    }

    public async Task Wait()
    {
        Waiting.SetResult();
        await _released.Task;
    }

    public Task Release()
    {
        _released.SetResult();
        return Task.CompletedTask;
    }
}
