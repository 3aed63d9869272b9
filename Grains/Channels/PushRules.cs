namespace Notify.Grains.Channels;

/// <summary>What may be pushed where.</summary>
internal static class PushRules
{
    /// <summary>Null when the channel's name is usable, else why it is not.</summary>
    public static string? Check(ChannelId channel) =>
        NameRules.CheckTenant(channel.Tenant) ?? channel.Kind switch
        {
            ChannelKind.User => NameRules.Check(channel.Name, "user"),
            ChannelKind.Company => NameRules.Check(channel.Name, "company"),
            ChannelKind.Topic => NameRules.Check(channel.Name, "topic", NameRules.TopicLimitChars),
            ChannelKind.Everyone => channel.Name.Length == 0 ? null : "Everyone's channel has no name.",
            _ => "The kind of channel is unknown.",
        };

    /// <summary>Null when the notification keeps all limits, else which one it breaks.</summary>
    public static string? Check(Notification? notification, int payloadLimitBytes)
    {
        if (notification is null) return "The notification is null.";
        if (NameRules.Check(notification.Id, "notification id", NameRules.TokenLimitChars) is { } badId) return badId;
        if (notification.Event is { } name && NameRules.Check(name, "event name", NameRules.TokenLimitChars) is { } badEvent) return badEvent;
        if (notification.Component is { } part && NameRules.Check(part, "component") is { } badComponent) return badComponent;
        if (notification.ClientId is { } client && NameRules.Check(client, "client id") is { } badClient) return badClient;
        if (notification.CollapseKey is { } key && NameRules.Check(key, "collapse key", NameRules.TokenLimitChars) is { } badKey) return badKey;
        if (notification.Where is { } where && !Filter.TryParse(where, out _, out string? badFilter)) return badFilter;
        if (notification.Except?.Check() is { } badExcept) return badExcept;
        if (notification.PayloadKind is not (PayloadKind.Json or PayloadKind.Binary)) return "The payload kind is unknown.";
        return notification.Payload.Length > payloadLimitBytes
            ? $"The payload has {notification.Payload.Length} bytes; the limit is {payloadLimitBytes}."
            : null;
    }
}
