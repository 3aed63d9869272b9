using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Notify.Tests.Embedded;

[GenerateSerializer]
public sealed record TimerSpec
{
    [Id(0)]
    public string Name { get; init; } = "tick";

    [Id(1)]
    public bool Once { get; init; }

    [Id(2)]
    public bool Never { get; init; }

    [Id(3)]
    public bool Gate { get; init; }

    [Id(4)]
    public bool Throw { get; init; }

    [Id(5)]
    public bool UntilCancelled { get; init; }

    [Id(6)]
    public bool Interleave { get; init; }

    [Id(7)]
    public bool ThrowWhenCancelled { get; init; }
}

public interface ITimerGrain : IGrainWithStringKey
{
    [AlwaysInterleave]
    Task Start(TimerSpec spec);

    Task StartAndWait(bool interleave);

    Task Call(string note);

    [AlwaysInterleave]
    Task Interleaved(string note);

    [AlwaysInterleave]
    Task StopTimer();

    Task ChangeTimer();

    Task Leave();
}

internal sealed class TimerGrain(Journal journal) : Grain, ITimerGrain
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(2);

    private IGrainTimer? _timer;

    private string Key => this.GetPrimaryKeyString();

    public Task Start(TimerSpec spec)
    {
        _timer = this.RegisterGrainTimer(
            token => TickAsync(spec, token),
            new()
            {
                DueTime = spec.Never ? Timeout.InfiniteTimeSpan : Soon,
                Period = spec.Once || spec.Never ? Timeout.InfiniteTimeSpan : Soon,
                Interleave = spec.Interleave,
            });
        return Task.CompletedTask;
    }

    public async Task StartAndWait(bool interleave)
    {
        await Start(new() { Interleave = interleave });
        if (!interleave)
            await Start(new() { Name = "beat", Interleave = true });
        journal.Note($"{Key} waiting");
        await journal.GateAsync(Key);
    }

    public Task Call(string note)
    {
        journal.Note($"{Key} {note}");
        return Task.CompletedTask;
    }

    public Task Interleaved(string note) => Call(note);

    public Task StopTimer()
    {
        _timer!.Dispose();
        return Task.CompletedTask;
    }

    public Task ChangeTimer()
    {
        _timer!.Change(Soon, Soon);
        return Task.CompletedTask;
    }

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Call("gone");

    private async Task TickAsync(TimerSpec spec, CancellationToken token)
    {
        journal.Note($"{Key} {spec.Name}");
        if (spec.Gate)
        {
            await journal.GateAsync($"{Key} {spec.Name}");
            journal.Note($"{Key} ticked");
        }

        if (spec.UntilCancelled)
        {
            var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = token.Register(cancelled.SetResult);
            await cancelled.Task;
            journal.Note($"{Key} cancelled");
        }

        if (spec.ThrowWhenCancelled)
            token.Register(() => throw new InvalidOperationException("A cancellation that fails."));

        if (spec.Throw)
            throw new InvalidOperationException("A tick that fails.");
    }
}
