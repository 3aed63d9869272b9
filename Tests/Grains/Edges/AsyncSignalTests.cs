using Notify.Grains.Edges;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Grains.Edges;

public sealed class AsyncSignalTests
{
    private readonly AsyncSignal _signal = new();

    [Fact]
    public async Task Wait_WhenSetBefore_PassesOnceHoweverOftenItWasSet()
    {
        _signal.Set();
        _signal.Set();
        await _signal.WaitAsync();

        var second = _signal.WaitAsync();
        Assert.False(second.IsCompleted);
        _signal.Set();
        await second.AsTask().Within("the second set");
    }

    [Fact]
    public async Task Set_FromManyThreads_NeverLosesTheLastOne()
    {
        const int Setters = 3, Sets = 20_000;
        int produced = 0, consumed = 0;
        var setters = Enumerable.Range(0, Setters).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < Sets; i++)
            {
                Interlocked.Increment(ref produced);
                _signal.Set();
            }
        }, TestContext.Current.CancellationToken)).ToArray();

        var waiter = Task.Run(async () =>
        {
            while (consumed < Setters * Sets)
            {
                await _signal.WaitAsync();
                consumed = Volatile.Read(ref produced);
            }
        }, TestContext.Current.CancellationToken);

        await Task.WhenAll(setters).Within("the setters");
        await waiter.Within("the waiter to see the last set");
    }
}
