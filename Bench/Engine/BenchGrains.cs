using Orleans;

namespace Notify.Bench.Engine;

/// <summary>Methods that do nothing, so that what is measured is the engine.</summary>
public interface IBenchGrain : IGrainWithStringKey
{
    Task Nothing();

    Task<int> One();

    ValueTask<int> OneValue();

    Task<int> Add(int a, int b);

    /// <summary>One turn more: the method is not done when it first gives the thread back.</summary>
    Task Yield();

    /// <summary>Calls another grain that many times, one after the other.</summary>
    Task CallOther(string other, int times);
}

internal sealed class BenchGrain : Grain, IBenchGrain
{
    public Task Nothing() => Task.CompletedTask;

    public Task<int> One() => Task.FromResult(1);

    public ValueTask<int> OneValue() => new(1);

    public Task<int> Add(int a, int b) => Task.FromResult(a + b);

    public async Task Yield() => await Task.Yield();

    public async Task CallOther(string other, int times)
    {
        var grain = GrainFactory.GetGrain<IBenchGrain>(other);
        for (var i = 0; i < times; i++)
            await grain.Nothing();
    }
}

/// <summary>The same without an engine.</summary>
internal sealed class PlainGrain : IBenchGrain
{
    public Task Nothing() => Task.CompletedTask;

    public Task<int> One() => Task.FromResult(1);

    public ValueTask<int> OneValue() => new(1);

    public Task<int> Add(int a, int b) => Task.FromResult(a + b);

    public async Task Yield() => await Task.Yield();

    public Task CallOther(string other, int times) => Task.CompletedTask;
}
