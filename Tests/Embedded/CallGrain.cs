using Orleans;

namespace Notify.Tests.Embedded;

internal sealed class CallGrain(Journal journal) : Grain, ICallGrain
{
    private string Key => this.GetPrimaryKeyString();

    public Task<string?> Join(string? a, string? b) => Task.FromResult(b is null ? a : $"{a},{b}");

    public Task<string?> JoinAtMost500ms(string? a, string? b) => Join(a, b);

    public async Task<int> AddLater(int a, int b)
    {
        await Task.Yield();
        return a + b;
    }

    public ValueTask<int> AddValue(int a, int b) => new(a + b);

    public async ValueTask<int> AddValueLater(int a, int b)
    {
        await Task.Yield();
        return a + b;
    }

    public ValueTask NothingValue() => default;

    public Task ThrowAtOnce(string message) => throw new FormatException(message);

    public async Task<int> ThrowLater(string message)
    {
        await Task.Yield();
        throw new FormatException(message);
    }

    public ValueTask<int> ThrowFromValue(string message) => throw new FormatException(message);

    public async Task Wait(string name)
    {
        journal.Note($"{Key} {name} in");
        await journal.GateAsync($"{Key} {name}");
        journal.Note($"{Key} {name} out");
    }

    public Task WaitAtMost500ms(string name) => Wait(name);

    public async Task CallThrough(string other, string back)
    {
        var next = GrainFactory.GetGrain<ICallGrain>(other);
        if (other == back)
            await next.JoinAtMost500ms("a", "b");
        else
            await next.CallThrough(back, back);
    }

    public async Task Throw(string name)
    {
        await Wait(name);
        throw new FormatException(name);
    }

    public async Task WaitFor(CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(cancelled.SetResult);
        journal.Note($"{Key} waiting");
        await cancelled.Task;
        journal.Note($"{Key} token");
    }

    public Task<ICallGrain> Self() => Task.FromResult(this.AsReference<ICallGrain>());

    public Task<string> NameOf(ICallGrain other) => Task.FromResult(other.GetPrimaryKeyString());

    public async Task<int> Dig(int depth) =>
        depth == 0 ? 0 : 1 + await GrainFactory.GetGrain<ICallGrain>($"depth {depth}").Dig(depth - 1);

    public Task<string> SetAmbient() => Task.FromResult(CallTests.SetAmbientHere());
}
