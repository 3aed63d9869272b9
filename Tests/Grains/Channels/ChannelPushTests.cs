using Notify.Grains.Channels;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Grains.Channels;

public sealed class ChannelPushTests : IDisposable
{
    private static readonly EdgeId Edge = new("e1");
    private readonly ChannelBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Push_WhenNobodyIsAttached_IsCommittedAndCountsNobody()
    {
        var first = await _bench.PushedAsync("a");
        var second = await _bench.PushedAsync("b");

        Assert.Equal((1, 0, 0, false), (first.Position.Offset, first.Edges, first.Connections, first.IsRepeat));
        Assert.Equal(first.Position.Plus(1), second.Position);
    }

    [Fact]
    public async Task Push_WhenEdgesAreAttached_IsSentToEachAtItsPosition()
    {
        var other = new EdgeId("e2");
        _ = await _bench.AttachAsync(Edge, 2);
        _ = await _bench.AttachAsync(other, 3);

        var receipt = await _bench.PushedAsync("a");

        Assert.Equal((2, 5), (receipt.Edges, receipt.Connections));
        Assert.Equal(["Retained 1 a"], _bench.Take(Edge));
        Assert.Equal(["Retained 1 a"], _bench.Take(other));
    }

    [Fact]
    public async Task Push_WhenAccepted_CarriesTheTimeOfItsAcceptance()
    {
        _ = await _bench.AttachAsync(Edge);
        _ = await _bench.PushAsync(new Notification { Id = "a", Time = DateTimeOffset.UnixEpoch }).Within("the receipt");

        Assert.Equal(_bench.Time.GetUtcNow(), Assert.Single(_bench.TakeDeliveries(Edge)).Notification!.Time);
    }

    [Fact]
    public async Task Push_WhenRepeated_GivesTheFirstReceiptAndSendsNothing()
    {
        _ = await _bench.AttachAsync(Edge);
        var first = await _bench.PushedAsync("a");
        _ = _bench.Take(Edge);

        var again = await _bench.PushedAsync("a");

        Assert.Equal(first with { IsRepeat = true }, again);
        Assert.Empty(_bench.Take(Edge));
        Assert.Single(_bench.Log.Appends);
    }

    [Fact]
    public async Task Push_WhenEphemeralIsRepeated_GivesTheFirstReceipt()
    {
        var first = await _bench.PushedAsync("a", retain: false);

        Assert.Equal(first with { IsRepeat = true }, await _bench.PushedAsync("a", retain: false));
    }

    [Fact]
    public async Task Push_WhenRepeatedAfterTheWindow_IsNew()
    {
        _ = await _bench.PushedAsync("a");
        _bench.Time.Advance(_bench.Options.DedupeWindow);

        Assert.False((await _bench.PushedAsync("a")).IsRepeat);
    }

    [Fact]
    public async Task Push_WhenRepeatedJustWithinTheWindow_IsARepeat()
    {
        _ = await _bench.PushedAsync("a");
        _bench.Time.Advance(_bench.Options.DedupeWindow - TimeSpan.FromTicks(1));

        Assert.True((await _bench.PushedAsync("a")).IsRepeat);
    }

    [Fact]
    public async Task Push_WhenRepeatedInFlight_SharesTheOutcome()
    {
        var gate = new TaskCompletionSource();
        _bench.Log.BeforeAppend = _ => gate.Task;
        var first = _bench.PushAsync("a");
        var again = _bench.PushAsync("a");
        gate.SetResult();

        Assert.Equal(await first.Within("the first receipt") with { IsRepeat = true }, await again.Within("the repeat's receipt"));
        Assert.Single(_bench.Log.Appends);
    }

    [Fact]
    public async Task Push_WhenAnotherActivationFindsItInTheLog_IsARepeat()
    {
        var first = await _bench.PushedAsync("a");
        var next = _bench.NewActivation("a2");

        var again = await _bench.PushAsync("a", core: next).Within("the receipt");

        Assert.Equal((first.Position, true), (again.Position, again.IsRepeat));
        Assert.Single(_bench.Log.Appends);
    }

    [Fact]
    public async Task Push_WhileAnAppendRuns_GathersIntoOneAppendInOrder()
    {
        _ = await _bench.AttachAsync(Edge);
        var gate = new TaskCompletionSource();
        _bench.Log.BeforeAppend = _ => gate.Task;
        var receipts = new[] { "a", "b", "c", "d" }.Select(id => _bench.PushAsync(id)).ToArray();
        await _bench.CallAsync(_ => { });
        gate.SetResult();
        var all = await Task.WhenAll(receipts).Within("all receipts");

        Assert.Equal(["a", "b,c,d"], _bench.Log.Appends.Select(append => string.Join(',', append.Ids)));
        Assert.Equal([1, 2, 3, 4], all.Select(receipt => receipt.Position.Offset));
        Assert.Equal(["Retained 1 a", "Retained 2 b", "Retained 3 c", "Retained 4 d"], _bench.Take(Edge));
    }

    [Fact]
    public async Task Push_WhenTooManyWait_IsNotAcknowledged()
    {
        using var bench = new ChannelBench(options: new() { WaitingLimitEntries = 1_000 });
        var gate = new TaskCompletionSource();
        bench.Log.BeforeAppend = _ => gate.Task;
        var accepted = Enumerable.Range(0, 1_001).Select(i => bench.PushAsync($"n{i}")).ToArray();

        await Assert.ThrowsAsync<NotAcknowledgedException>(() => bench.PushedAsync("one too many"));
        gate.SetResult();
        Assert.Equal(1_001, (await Task.WhenAll(accepted).Within("the receipts"))[^1].Position.Offset);
    }

    [Fact]
    public async Task Push_WhenEphemeral_TakesNoOffsetAndFollowsTheHead()
    {
        _ = await _bench.AttachAsync(Edge);
        _ = await _bench.PushedAsync("a");
        var ephemeral = await _bench.PushedAsync("b", retain: false);
        var next = await _bench.PushedAsync("c");

        Assert.Equal((1, 2), (ephemeral.Position.Offset, next.Position.Offset));
        Assert.Equal(["Retained 1 a", "Ephemeral 1 b", "Retained 2 c"], _bench.Take(Edge));
        Assert.Equal(2, _bench.Log.Appends.Count);
    }

    [Fact]
    public async Task Push_WhenEphemeralArrivesDuringAnAppend_DoesNotOvertake()
    {
        _ = await _bench.AttachAsync(Edge);
        var gate = new TaskCompletionSource();
        _bench.Log.BeforeAppend = _ => gate.Task;
        Task[] receipts = [_bench.PushAsync("a"), _bench.PushAsync("b"), _bench.PushAsync("c", retain: false), _bench.PushAsync("d")];
        await _bench.CallAsync(_ => { });
        Assert.Empty(_bench.Take(Edge));
        gate.SetResult();
        await Task.WhenAll(receipts).Within("all receipts");

        Assert.Equal(["Retained 1 a", "Retained 2 b", "Ephemeral 2 c", "Retained 3 d"], _bench.Take(Edge));
    }

    [Fact]
    public async Task Push_WhenExpired_IsAcknowledgedButNotDelivered()
    {
        _ = await _bench.AttachAsync(Edge);
        _ = await _bench.PushedAsync("a");
        _ = _bench.Take(Edge);

        var receipt = await _bench.PushAsync(new Notification { Id = "b", ExpiresAt = _bench.Time.GetUtcNow() }).Within("the receipt");

        Assert.Equal((1, 0, 0), (receipt.Position.Offset, receipt.Edges, receipt.Connections));
        Assert.Empty(_bench.Take(Edge));
        Assert.Equal(2, (await _bench.PushedAsync("c")).Position.Offset);
    }

    [Theory]
    [InlineData("id empty")]
    [InlineData("id too long")]
    [InlineData("event empty")]
    [InlineData("component bad")]
    [InlineData("client bad")]
    [InlineData("payload kind")]
    [InlineData("payload too large")]
    public async Task Push_WhenAFieldBreaksItsLimit_IsRefusedAndNothingHappens(string what)
    {
        var good = new Notification { Payload = new byte[64 << 10] };
        var bad = what switch
        {
            "id empty" => good with { Id = "" },
            "id too long" => good with { Id = new('x', NameRules.TokenLimitChars + 1) },
            "event empty" => good with { Event = "" },
            "component bad" => good with { Component = "a\n" },
            "client bad" => good with { ClientId = " a" },
            "payload kind" => good with { PayloadKind = (PayloadKind)9 },
            _ => good with { Payload = new byte[(64 << 10) + 1] },
        };

        await Assert.ThrowsAsync<ArgumentException>(() => _bench.PushAsync(bad));
        await Assert.ThrowsAsync<ArgumentException>(() => _bench.CallAsync(core => core.PushManyAsync([good, bad])));
        Assert.Empty(_bench.Log.Appends);
        _ = await _bench.PushAsync(good).Within("the receipt of a payload of exactly the limit");
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("", " alice")]
    [InlineData("a~b", "alice")]
    public async Task Push_WhenTheChannelHasAnImpossibleName_IsRefused(string tenant, string name)
    {
        using var bench = new ChannelBench(new UserId(tenant, name).Channel);
        await Assert.ThrowsAsync<ArgumentException>(() => bench.PushAsync("a"));
        await Assert.ThrowsAsync<ArgumentException>(() => bench.AttachAsync(Edge));
    }

    [Fact]
    public async Task PushMany_WhenSomeAreRepeats_IsOneCommitInOrder()
    {
        _ = await _bench.AttachAsync(Edge);
        _ = await _bench.PushedAsync("a");
        var receipts = await _bench.CallAsync(core => core.PushManyAsync(
            [new() { Id = "b" }, new() { Id = "a" }, new() { Id = "c" }, new() { Id = "b" }])).Within("the receipts");

        Assert.Equal(["b 2 False", "a 1 True", "c 3 False", "b 2 True"], receipts.Select(r => $"{r.Id} {r.Position.Offset} {r.IsRepeat}"));
        Assert.Equal(["a", "b,c"], _bench.Log.Appends.Select(append => string.Join(',', append.Ids)));
        Assert.Equal(["Retained 1 a", "Retained 2 b", "Retained 3 c"], _bench.Take(Edge));
    }

    [Fact]
    public async Task PushMany_WhenOthersWaitBefore_StaysInOnePiece()
    {
        var gate = new TaskCompletionSource();
        _bench.Log.BeforeAppend = _ => gate.Task;
        var first = _bench.PushAsync("first");
        Task[] single = [.. Enumerable.Range(0, 500).Select(i => _bench.PushAsync($"s{i}"))];
        var many = _bench.CallAsync(core => core.PushManyAsync([.. Enumerable.Range(0, 1_000).Select(i => new Notification { Id = $"m{i}" })]));
        await _bench.CallAsync(_ => { });
        gate.SetResult();
        await Task.WhenAll([first, .. single, many]).Within("all receipts");

        Assert.Equal([1, 1_500], _bench.Log.Appends.Select(append => append.Ids.Length));
    }

    [Fact]
    public async Task PushMany_WhenEmpty_DoesNothing_AndWhenTooLong_IsRefused()
    {
        Assert.Empty(await _bench.CallAsync(core => core.PushManyAsync([])));
        var tooMany = Enumerable.Range(0, ChannelOptions.PushManyLimitEntries + 1).Select(_ => new Notification());
        await Assert.ThrowsAsync<ArgumentException>(() => _bench.CallAsync(core => core.PushManyAsync([.. tooMany])));
    }
}
