using Notify.Protocol;
using Notify.Streams;

namespace Notify.EdgeHost.Delivery;

/// <summary>How grain data looks on the wire: the tenant stays behind.</summary>
internal static class Wire
{
    /// <summary>A channel with a position.</summary>
    public static WireChannel ChannelOf(ChannelId channel, Position position) =>
        new(channel.KindName, channel.Name, position.Epoch, position.Offset);

    /// <summary>What a delivery brings.</summary>
    public static NotificationFrame NotificationOf(EdgeDelivery delivery) => NotificationOf(
        delivery.Notification!,
        delivery.Kind == DeliveryKind.Direct ? null : ChannelOf(delivery.Channel, delivery.Position),
        delivery.Kind == DeliveryKind.Ephemeral);

    /// <summary>A notification, with its channel unless it goes to a connection.</summary>
    public static NotificationFrame NotificationOf(Notification notification, WireChannel? channel, bool isEphemeral) => new()
    {
        Channel = channel,
        Id = notification.Id,
        Event = notification.Event,
        Time = notification.Time,
        IsEphemeral = isEphemeral,
        IsBinary = notification.PayloadKind == PayloadKind.Binary,
        Payload = notification.Payload,
    };
}
