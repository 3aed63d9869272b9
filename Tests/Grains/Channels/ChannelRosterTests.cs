using Notify.Streams;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Grains.Channels;

public sealed class ChannelRosterTests : IDisposable
{
    private static readonly EdgeId Edge = new("e1");
    private static readonly EdgeId Other = new("e2");
    private readonly ChannelBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Attach_WhenNothingWasPushed_AnswersSiloActivationAndHead()
    {
        var result = await _bench.AttachAsync(Edge);

        Assert.Equal((AttachOutcome.Attached, "silo-1", "a1"), (result.Outcome, result.Silo, result.Activation));
        Assert.True(result.Head.IsKnown);
        Assert.Equal(0, result.Head.Offset);
        Assert.Empty(result.Refused);
        Assert.True(_bench.Core.IsHeld);
    }

    [Fact]
    public async Task Attach_WhenTheActivationIsNew_AnswersTheHeadOfTheLog()
    {
        var receipt = await _bench.PushedAsync("a");

        Assert.Equal(receipt.Position, (await _bench.AttachAsync(Edge, core: _bench.NewActivation("a2"))).Head);
    }

    [Fact]
    public async Task Attach_WhileAnAppendRuns_AnswersAHeadAfterWhichEverythingIsSent()
    {
        _ = await _bench.PushedAsync("a");
        var gate = new TaskCompletionSource();
        _bench.Log.BeforeAppend = _ => gate.Task;
        var push = _bench.PushAsync("b");
        var attached = await _bench.AttachAsync(Edge);
        gate.SetResult();
        _ = await push.Within("the receipt");

        Assert.Equal(1, attached.Head.Offset);
        Assert.Equal(["Retained 2 b"], _bench.Take(Edge));
    }

    [Fact]
    public async Task Attach_WhenItIsToVerifyTheHead_AnswersWhatAnotherActivationAppendedAndTellsTheOtherEdges()
    {
        _ = await _bench.AttachAsync(Edge);
        _ = await _bench.AttachAsync(Other);
        var other = _bench.NewActivation("a2");
        var receipt = await _bench.PushAsync("a", core: other).Within("the receipt");

        var again = await _bench.CallAsync(core => core.AttachAsync(new(Edge, 100, 1, [ChannelBench.Entry(Edge, 1)], VerifyHead: true)));

        Assert.Equal(receipt.Position, again.Head);
        Assert.Equal(["Head 1"], _bench.Take(Other));
    }

    [Fact]
    public async Task Attach_WhenTheVersionIsNotNewer_IsStaleAndChangesNothing()
    {
        var request = new AttachRequest(Edge, 7, 1, [ChannelBench.Entry(Edge, 1)]);
        _ = await _bench.CallAsync(core => core.AttachAsync(request));

        var again = await _bench.CallAsync(core => core.AttachAsync(request with { MemberCount = 5, Connections = [] }));

        Assert.Equal(AttachOutcome.Stale, again.Outcome);
        Assert.Equal([new RosterEdge(Edge, 1)], (await _bench.CallAsync(core => core.GetStatusAsync())).Edges);
        Assert.Single(_bench.Core.GetConnections());
    }

    [Fact]
    public async Task Attach_WhenTheEdgeIsGone_SaysSo()
    {
        _ = _bench.Outboxes.Apply(new([], [Edge]));

        Assert.Equal(AttachOutcome.EdgeGone, (await _bench.AttachAsync(Edge)).Outcome);
        Assert.False(_bench.Core.IsHeld);
        Assert.Null(_bench.Outboxes.Find(Edge));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Attach_WithoutMembers_IsRefused(int members) =>
        await Assert.ThrowsAsync<ArgumentException>(() => _bench.CallAsync(core => core.AttachAsync(new(Edge, 1, members, []))));

    [Fact]
    public async Task Attach_WhenTheUserHasTooManyConnections_RefusesTheNewest()
    {
        using var bench = new ChannelBench(options: new() { ConnectionsLimitPerUser = 3 });
        _ = await bench.AttachAsync(Other, 2);

        var result = await bench.AttachAsync(Edge, 3);

        Assert.Equal([new ConnectionId(Edge, "c2"), new ConnectionId(Edge, "c3")], result.Refused);
        Assert.Equal(["e1-c1", "e2-c1", "e2-c2"], bench.Core.GetConnections().Select(connection => connection.Id.ToString()));
        Assert.Equal((2, 3), await ReachAsync(bench));
    }

    [Fact]
    public async Task Attach_WhenTheEdgeReportsAnew_ReplacesItsReport()
    {
        _ = await _bench.AttachAsync(Edge, 3);
        _ = await _bench.AttachAsync(Edge, 1);

        Assert.Equal(["e1-c1"], _bench.Core.GetConnections().Select(connection => connection.Id.ToString()));
        Assert.Equal((1, 1), await ReachAsync(_bench));
    }

    [Fact]
    public async Task Detach_WhenNewer_TakesTheEdgeOut()
    {
        _ = await _bench.AttachAsync(Edge);
        await _bench.DetachAsync(Edge);

        Assert.False(_bench.Core.IsHeld);
        Assert.Empty(_bench.Core.GetConnections());
        Assert.Equal((0, 0), await ReachAsync(_bench));
        Assert.Empty(_bench.Outboxes.Apply(new([], [Edge])));
    }

    [Fact]
    public async Task Detach_WhenOlderThanTheAttach_ChangesNothing()
    {
        _ = await _bench.CallAsync(core => core.AttachAsync(new(Edge, 2, 1, [])));
        await _bench.CallAsync(core => core.Detach(new(Edge, 1)));

        Assert.True(_bench.Core.IsHeld);
    }

    [Fact]
    public async Task Apply_WhenTheLeaseEnds_NamesTheChannelsToTakeItOutOf()
    {
        _ = await _bench.AttachAsync(Edge);
        _ = await _bench.AttachAsync(Other);

        var orphans = _bench.Outboxes.Apply(new([Other], [Edge]));

        Assert.Equal([(Edge, _bench.Channel)], orphans);
        Assert.Equal((1, 1), await ReachAsync(_bench));
        await _bench.CallAsync(core => core.Forget(Edge));
        Assert.Equal(["e2-c1"], _bench.Core.GetConnections().Select(connection => connection.Id.ToString()));
        Assert.Equal([Other], (await _bench.CallAsync(core => core.GetStatusAsync())).Edges.Select(edge => edge.Edge));
    }

    [Fact]
    public async Task Stop_WhenEdgesHoldTheChannel_TellsThemWhichActivationGoes()
    {
        _ = await _bench.AttachAsync(Edge);
        await _bench.CallAsync(core => core.StopAsync());

        var notice = Assert.Single(_bench.TakeDeliveries(Edge));
        Assert.Equal((DeliveryKind.Deactivated, _bench.Channel, "a1"), (notice.Kind, notice.Channel, notice.Activation));
        Assert.Empty(_bench.Outboxes.Apply(new([], [Edge])));
    }

    [Fact]
    public async Task Stop_WhileAnAppendRuns_WaitsForItAndTellsAfterwards()
    {
        _ = await _bench.AttachAsync(Edge);
        var gate = new TaskCompletionSource();
        _bench.Log.BeforeAppend = _ => gate.Task;
        var push = _bench.PushAsync("a");
        var stop = _bench.CallAsync(core => core.StopAsync());
        await _bench.CallAsync(_ => { });
        Assert.False(stop.IsCompleted);
        gate.SetResult();
        await stop.Within("the stop");

        Assert.Equal(1, (await push.Within("the receipt")).Position.Offset);
        Assert.Equal(["Retained 1 a", "Deactivated 0"], _bench.Take(Edge));
    }

    [Fact]
    public async Task Read_WhenTheRequestIsOutOfRange_IsRefused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _bench.CallAsync(core => core.ReadAsync(new(default, 0, 1))));
        await Assert.ThrowsAsync<ArgumentException>(() => _bench.CallAsync(core => core.ReadAsync(new(default, 1_001, 1))));
        await Assert.ThrowsAsync<ArgumentException>(() => _bench.CallAsync(core => core.ReadAsync(new(default, 1, 0))));
    }

    private static async Task<(int Edges, int Connections)> ReachAsync(ChannelBench bench)
    {
        var receipt = await bench.PushedAsync(Notification.NewId());
        return (receipt.Edges, receipt.Connections);
    }
}
