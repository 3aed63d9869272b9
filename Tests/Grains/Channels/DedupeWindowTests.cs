using Notify.Grains.Channels;
using Xunit;

namespace Notify.Tests.Grains.Channels;

public sealed class DedupeWindowTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly DedupeWindow _window = new(TimeSpan.FromMinutes(10), 3);

    [Fact]
    public async Task TryGetRepeat_WhenCompleted_GivesTheReceipt()
    {
        Push("a", Start, 1);

        Assert.True(_window.TryGetRepeat("a", Start, out var receipt));
        Assert.Equal(new("a", new(1, 1), 2, 3, true), await receipt);
    }

    [Fact]
    public void TryGetRepeat_WhenMoreThanTheLimitCame_HasForgottenTheOldest()
    {
        for (int i = 0; i < 5; i++) Push($"n{i}", Start, i);

        Assert.False(_window.TryGetRepeat("n1", Start, out _));
        Assert.True(_window.TryGetRepeat("n2", Start, out _));
        Assert.Equal(3, _window.Count);
    }

    [Fact]
    public void TryGetRepeat_WhenThePushIsUnderWay_IsNeverForgotten()
    {
        var pending = new PendingPush(new() { Id = "slow", Time = Start }, false);
        _window.Begin(pending);

        Assert.True(_window.TryGetRepeat("slow", Start.AddHours(1), out var receipt));
        Assert.False(receipt.IsCompleted);
    }

    [Fact]
    public void Abandon_WhenPushedAgainLater_KeepsTheLaterOneForItsOwnTime()
    {
        var first = new PendingPush(new() { Id = "a", Time = Start }, false);
        _window.Begin(first);
        _window.Abandon("a");
        Push("a", Start.AddMinutes(5), 1);

        Assert.True(_window.TryGetRepeat("a", Start.AddMinutes(12), out _));
        Assert.False(_window.TryGetRepeat("a", Start.AddMinutes(15), out _));
        Assert.Equal(0, _window.Count);
    }

    [Fact]
    public async Task Merge_WhenTheIdIsKnownHere_KeepsTheReceiptKnownHere()
    {
        Push("a", Start, 1);
        _window.Merge([new("a", new(1, 1), Start), new("b", new(1, 2), Start)]);

        Assert.True(_window.TryGetRepeat("a", Start, out var a));
        Assert.True(_window.TryGetRepeat("b", Start, out var b));
        Assert.Equal((2, 3), ((await a).Edges, (await a).Connections));
        Assert.Equal(new("b", new(1, 2), 0, 0, true), await b);
    }

    [Fact]
    public void FindCommitted_WhenTheLogHasAPushUnderWay_GivesItsPosition()
    {
        _window.Begin(new(new() { Id = "a", Time = Start }, false));
        Assert.Null(_window.FindCommitted("a"));
        _window.Merge([new("a", new(1, 9), Start)]);

        Assert.Equal(new(1, 9), _window.FindCommitted("a")!.Position);
    }

    private void Push(string id, DateTimeOffset time, long offset)
    {
        _ = _window.TryGetRepeat(id, time, out _);
        _window.Begin(new(new() { Id = id, Time = time }, false));
        _window.Complete(new(id, new(1, offset), 2, 3, false));
    }
}
