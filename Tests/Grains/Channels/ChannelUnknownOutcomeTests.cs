using Notify.Streams;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Grains.Channels;

public sealed class ChannelUnknownOutcomeTests : IDisposable
{
    private static readonly EdgeId Edge = new("e1");
    private readonly ChannelBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Push_WhenTheAppendFails_IsNotAcknowledgedAndTheNextPushGoesOn()
    {
        _ = await _bench.AttachAsync(Edge);
        _bench.Log.BeforeAppend = _ => throw new IOException("disk");
        await Assert.ThrowsAsync<NotAcknowledgedException>(() => _bench.PushedAsync("a"));
        _bench.Log.BeforeAppend = null;

        var again = await _bench.PushedAsync("a");

        Assert.Equal((1, false), (again.Position.Offset, again.IsRepeat));
        Assert.Equal(["Retained 1 a"], _bench.Take(Edge));
        Assert.Equal(2, _bench.Log.Loads);
    }

    [Fact]
    public async Task Push_WhenTheAppendFailsButWasCommitted_IsAcknowledgedAndEdgesHearOfTheHead()
    {
        _ = await _bench.AttachAsync(Edge);
        _bench.Log.AfterAppend = _ => throw new IOException("connection lost");
        var receipt = await _bench.PushedAsync("a");
        _bench.Log.AfterAppend = null;

        Assert.Equal((1, 1, 1, false), (receipt.Position.Offset, receipt.Edges, receipt.Connections, receipt.IsRepeat));
        Assert.Equal(["Head 1"], _bench.Take(Edge));
        Assert.True((await _bench.PushedAsync("a")).IsRepeat);
        Assert.Equal(2, (await _bench.PushedAsync("b")).Position.Offset);
    }

    [Fact]
    public async Task Push_WhenTheOutcomeStaysUnknown_IsFoundByTheRetry()
    {
        _ = await _bench.AttachAsync(Edge);
        _bench.Log.AfterAppend = _ => throw new IOException("connection lost");
        _bench.Log.BeforeLoad = () => throw new IOException("still lost");
        await Assert.ThrowsAsync<NotAcknowledgedException>(() => _bench.PushedAsync("a"));
        _bench.Log.AfterAppend = null;
        _bench.Log.BeforeLoad = null;

        var again = await _bench.PushedAsync("a");

        Assert.Equal((1, true), (again.Position.Offset, again.IsRepeat));
        Assert.Single(_bench.Log.Appends);
        Assert.Equal(["Head 1"], _bench.Take(Edge));
    }

    [Fact]
    public async Task Push_WhenTheLogDoesNotAnswer_IsNotAcknowledgedAfterTheTimeout()
    {
        var entered = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        _bench.Log.BeforeAppend = token =>
        {
            token.Register(() => cancelled.SetCanceled(token));
            entered.SetResult();
            return cancelled.Task;
        };
        var push = _bench.PushAsync("a");
        await entered.Task.Within("the append");
        await _bench.CallAsync(_ => { });
        _bench.Time.Advance(_bench.Options.LogTimeout);

        await Assert.ThrowsAsync<NotAcknowledgedException>(() => push.Within("the refusal"));
        Assert.True(cancelled.Task.IsCanceled);
    }

    [Fact]
    public async Task Push_WhenAnAppendIsCommittedAfterItsTimeout_StepsDownAtTheNext()
    {
        _ = await _bench.AttachAsync(Edge);
        var entered = new TaskCompletionSource();
        var late = new TaskCompletionSource();
        _bench.Log.BeforeAppend = _ =>
        {
            entered.SetResult();
            return late.Task;
        };
        var push = _bench.PushAsync("a");
        await entered.Task.Within("the append");
        await _bench.CallAsync(_ => { });
        _bench.Time.Advance(_bench.Options.LogTimeout);
        await Assert.ThrowsAsync<NotAcknowledgedException>(() => push.Within("the refusal"));

        // It reaches the store only now, after the activation has asked for the head.
        _bench.Log.BeforeAppend = null;
        _ = await _bench.Memory.AppendAsync(
            _bench.Channel, _bench.Log.Appends[0].ExpectedHead, [new() { Id = "a", Time = _bench.Time.GetUtcNow() }], TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<NotAcknowledgedException>(() => _bench.PushedAsync("b"));

        Assert.True(_bench.Core.MustStepDown);
        Assert.Empty(_bench.Take(Edge));
        late.SetResult();
    }

    [Fact]
    public async Task Push_WhenAnotherActivationAppended_StepsDown()
    {
        _ = await _bench.PushedAsync("a");
        var other = _bench.NewActivation("a2");
        _ = await _bench.PushAsync("b", core: other).Within("the other's receipt");

        await Assert.ThrowsAsync<NotAcknowledgedException>(() => _bench.PushedAsync("c"));
        await Assert.ThrowsAsync<NotAcknowledgedException>(() => _bench.PushedAsync("d"));

        Assert.True(_bench.Core.MustStepDown);
        Assert.False(other.MustStepDown);
        Assert.Equal(3, (await _bench.PushAsync("c", core: other).Within("the other's receipt")).Position.Offset);
    }

    [Fact]
    public async Task Push_WhenEphemeralAndTheLogIsDown_IsStillSent()
    {
        _ = await _bench.AttachAsync(Edge);
        _bench.Log.BeforeAppend = _ => throw new IOException("disk");
        _bench.Log.BeforeLoad = () => throw new IOException("disk");
        await Assert.ThrowsAsync<NotAcknowledgedException>(() => _bench.PushedAsync("a"));

        _ = await _bench.PushedAsync("b", retain: false);

        Assert.Equal(["Ephemeral 0 b"], _bench.Take(Edge));
    }

    [Fact]
    public async Task Attach_WhenTheLogIsDown_IsRefusedAndLeavesNoTrace()
    {
        _bench.Log.BeforeLoad = () => throw new IOException("disk");
        await Assert.ThrowsAsync<NotAcknowledgedException>(() => _bench.AttachAsync(Edge));

        Assert.False(_bench.Core.IsHeld);
    }

    [Fact]
    public async Task Load_WhenTheLogLostWhatWasSeen_GoesOnInANewEpochAndEdgesHearOfIt()
    {
        var lossy = new LossyLog();
        using var bench = new ChannelBench();
        var core = bench.NewActivation("a1", lossy);
        _ = await bench.AttachAsync(Edge, core: core);
        lossy.Head = new(5, 1);
        _ = await bench.PushAsync("a", core: core).Within("the receipt");
        _ = bench.Take(Edge);
        lossy.Head = new(6, 0);
        lossy.FailNextAppend = true;

        await Assert.ThrowsAsync<NotAcknowledgedException>(() => bench.PushAsync("b", core: core).Within("the refusal"));

        var head = Assert.Single(bench.TakeDeliveries(Edge));
        Assert.Equal((DeliveryKind.Head, new Position(6, 0)), (head.Kind, head.Position));
        Assert.Equal(new(5, 1), lossy.LastKnown);
    }

    [Fact]
    public async Task Push_WhenTheLogHasLessThanItAcknowledged_GoesOnInANewEpochAndEdgesHearOfIt()
    {
        var lossy = new LossyLog();
        using var bench = new ChannelBench();
        var core = bench.NewActivation("a1", lossy);
        _ = await bench.AttachAsync(Edge, core: core);
        lossy.Head = new(5, 3);
        _ = await bench.PushAsync("a", core: core).Within("the receipt");
        _ = bench.Take(Edge);
        (lossy.Head, lossy.HasLostItsTail) = (new(5, 1), true);

        await Assert.ThrowsAsync<NotAcknowledgedException>(() => bench.PushAsync("b", core: core).Within("the refusal"));

        Assert.False(core.MustStepDown); // the next activation would take 5-2 for new
        var head = Assert.Single(bench.TakeDeliveries(Edge));
        Assert.Equal((DeliveryKind.Head, new Position(6, 1)), (head.Kind, head.Position));
    }
}
