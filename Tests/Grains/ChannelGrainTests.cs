using Microsoft.Extensions.DependencyInjection;
using Notify.Grains.Log;
using Notify.Streams;
using Notify.Tests.Platform;
using Orleans;
using Xunit;

namespace Notify.Tests.Grains;

/// <summary>One silo for the class.</summary>
public sealed class SiloFixture : IAsyncLifetime
{
    public TestSilo Silo { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Silo = await TestSilo.StartAsync();

    public ValueTask DisposeAsync() => Silo.DisposeAsync();
}

public sealed class ChannelGrainTests(SiloFixture fixture) : IClassFixture<SiloFixture>
{
    public static TheoryData<ChannelKind> Kinds => [.. Enum.GetValues<ChannelKind>()];

    private IGrainFactory Grains => fixture.Silo.Grains;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Push_WhenAnEdgeIsAttached_ReachesItOnce(ChannelKind kind)
    {
        await using var edge = await fixture.Silo.StartEdgeAsync();
        _ = await edge.SubscribeAsync();
        var channel = NewChannel(kind);
        var attached = await edge.AttachAsync(channel, 2);
        var notification = Notification.RawJson("hello", "1"u8.ToArray());

        var receipt = await Grains.GetChannel(channel).Push(notification);

        var delivery = await edge.Deliveries.NextAsync("the delivery");
        Assert.Equal(AttachOutcome.Attached, attached.Outcome);
        Assert.Equal(new(notification.Id, attached.Head.Plus(1), 1, 2, false), receipt);
        Assert.Equal((DeliveryKind.Retained, channel, receipt.Position), (delivery.Kind, delivery.Channel, delivery.Position));
        Assert.Equal((notification.Id, "hello"), (delivery.Notification!.Id, delivery.Notification.Event));
        Assert.Equal("1"u8.ToArray(), delivery.Notification.Payload.ToArray());
    }

    [Theory]
    [InlineData("", "alice")]
    [InlineData("", "~odd")]
    [InlineData("acme", "alice")]
    [InlineData("acme", "a~b")]
    public async Task Push_ToEveryShapeOfName_ReachesThatChannel(string tenant, string name)
    {
        await using var edge = await fixture.Silo.StartEdgeAsync();
        _ = await edge.SubscribeAsync();
        var channel = new TopicId(tenant, name).Channel;
        _ = await edge.AttachAsync(channel);

        _ = await Grains.GetChannel(channel).Push(new());

        Assert.Equal(channel, (await edge.Deliveries.NextAsync("the delivery")).Channel);
    }

    [Fact]
    public async Task Push_WhenBad_ThrowsTheSameKindOfExceptionAcrossTheCall()
    {
        var grain = Grains.GetChannel(NewChannel(ChannelKind.User));
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => grain.Push(new() { Id = "" }));
        Assert.Equal("The notification id is empty.", failure.Message);
        await Assert.ThrowsAsync<ArgumentException>(() => grain.PushMany([new() { Payload = new byte[(64 << 10) + 1] }]));
    }

    [Fact]
    public async Task Push_ToAKeyThatNamesNoChannel_IsRefused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Grains.GetGrain<IUserGrain>("~x").Push(new()));
        await Assert.ThrowsAsync<ArgumentException>(() => Grains.GetGrain<IEveryoneGrain>("name").Push(new()));
    }

    [Fact]
    public async Task PushMany_GivesAReceiptForEachInOrder()
    {
        var receipts = await Grains.GetChannel(NewChannel(ChannelKind.User)).PushMany([.. Enumerable.Range(0, 1_000).Select(_ => new Notification())]);

        Assert.Equal(Enumerable.Range(1, 1_000).Select(i => (long)i), receipts.Select(receipt => receipt.Position.Offset));
    }

    [Fact]
    public async Task Read_AfterAPosition_GivesWhatWasRetained()
    {
        var channel = NewChannel(ChannelKind.Company);
        var grain = Grains.GetChannel(channel);
        var head = (await grain.GetStatus()).Head;
        var receipts = await grain.PushMany([new() { Id = "a" }, new() { Id = "b", Retain = false }, new() { Id = "c" }]);

        var page = await grain.Read(new(head, 10, 1_000));

        Assert.Equal(["a", "c"], page.Entries.Select(entry => entry.Notification.Id));
        Assert.Equal((receipts[2].Position, receipts[2].Position, true), (page.CoveredTo, page.Head, page.IsComplete));
    }

    [Fact]
    public async Task GetConnections_MergesAllEdgesOldestFirst()
    {
        await using var first = await fixture.Silo.StartEdgeAsync();
        await using var second = await fixture.Silo.StartEdgeAsync();
        var user = NewChannel(ChannelKind.User);
        _ = await first.AttachAsync(user, 2);
        _ = await second.AttachAsync(user, 1);

        var connections = await Grains.GetGrain<IUserGrain>(user.Key).GetConnections();
        var status = await Grains.GetChannel(user).GetStatus();

        Assert.Equal([1, 1, 2], connections.Select(connection => connection.ConnectedAt.ToUnixTimeSeconds()));
        Assert.Equal(2, connections.Count(connection => connection.Id.Edge == first.Id));
        Assert.Equal(
            new[] { new RosterEdge(first.Id, 2), new(second.Id, 1) }.OrderBy(edge => edge.Edge.Value),
            status.Edges.OrderBy(edge => edge.Edge.Value));
    }

    [Fact]
    public async Task Detach_LeavesNoTraceInTheRoster()
    {
        await using var edge = await fixture.Silo.StartEdgeAsync();
        var user = NewChannel(ChannelKind.User);
        _ = await edge.AttachAsync(user);
        await edge.DetachAsync(user);

        Assert.Empty((await Grains.GetChannel(user).GetStatus()).Edges);
        Assert.Empty(await Grains.GetGrain<IUserGrain>(user.Key).GetConnections());
        Assert.Equal(0, (await Grains.GetChannel(user).Push(new())).Edges);
    }

    [Fact]
    public async Task Push_WhenAnotherActivationAppended_StepsDownAndTheEdgeIsToldToAttachAnew()
    {
        await using var edge = await fixture.Silo.StartEdgeAsync();
        _ = await edge.SubscribeAsync();
        var user = NewChannel(ChannelKind.User);
        var first = await edge.AttachAsync(user);
        var log = fixture.Silo.Host.Services.GetRequiredService<IChannelLog>();
        _ = await log.AppendAsync(user, first.Head, [new() { Id = "other" }], TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<NotAcknowledgedException>(() => Grains.GetChannel(user).Push(new() { Id = "a" }));

        var notice = await edge.Deliveries.NextAsync("the notice of deactivation");
        Assert.Equal((DeliveryKind.Deactivated, user, first.Activation), (notice.Kind, notice.Channel, notice.Activation));
        var second = await edge.AttachAsync(user);
        Assert.NotEqual(first.Activation, second.Activation);
        Assert.Equal(first.Head.Plus(1), second.Head);
        Assert.Equal(2, (await Grains.GetChannel(user).Push(new() { Id = "a" })).Position.Offset);
        Assert.Equal("a", (await edge.Deliveries.NextAsync("the retried push")).Notification!.Id);
    }

    private static ChannelId NewChannel(ChannelKind kind) => new(
        kind, kind == ChannelKind.Everyone ? EdgeId.New().Value : "", kind == ChannelKind.Everyone ? "" : "name-" + EdgeId.New());
}
