using Notify.Streams;
using Notify.Tests.Platform;
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
    private static ChannelId NewUser() => new UserId("", "user-" + EdgeId.New()).Channel;

    [Fact]
    public async Task Push_WhenAnEdgeIsAttached_ReachesItOnce()
    {
        await using var edge = await fixture.Silo.StartEdgeAsync();
        _ = await edge.SubscribeAsync();
        var user = NewUser();
        var attached = await edge.AttachAsync(user, 2);
        var notification = Notification.RawJson("hello", "1"u8.ToArray());

        var receipt = await fixture.Silo.Grains.GetGrain<IUserGrain>(user.Key).Push(notification);

        var delivery = await edge.Deliveries.NextAsync("the delivery");
        Assert.Equal(AttachOutcome.Attached, attached.Outcome);
        Assert.Equal(new(notification.Id, attached.Head.Plus(1), 1, 2, false), receipt);
        Assert.Equal(DeliveryKind.Retained, delivery.Kind);
        Assert.Equal(receipt.Position, delivery.Position);
        Assert.Equal(notification.Id, delivery.Notification!.Id);
        Assert.Equal("1"u8.ToArray(), delivery.Notification.Payload.ToArray());
    }
}
