namespace Notify.Streams;

/// <summary>What a delivery tells the edge. The numbers are sent: never renumber.</summary>
public enum DeliveryKind : byte
{
    /// <summary>A retained notification at its own position.</summary>
    Retained = 1,

    /// <summary>An ephemeral notification; the position is the one it follows.</summary>
    Ephemeral = 2,

    /// <summary>The outbox was full: everything up to this position is to be read from the log.</summary>
    Head = 3,

    /// <summary>A notification for one connection; it has no channel position.</summary>
    Direct = 4,

    /// <summary>An activation of the channel deactivates: who is attached to it attaches anew.</summary>
    Deactivated = 5,

    /// <summary>A question about the edge's connections. Lost when the outbox is full: who asks does not wait for ever.</summary>
    Question = 6,

    /// <summary>A newer connection of the user took over this one's client id: it is closed. Lost when the outbox is full, and told again by the audit.</summary>
    Replaced = 7,
}

/// <summary>One thing a silo tells one edge about one channel (or one connection).</summary>
[GenerateSerializer, Immutable, Alias("notify.EdgeDelivery")]
public sealed record EdgeDelivery
{
    /// <summary>What it tells.</summary>
    [Id(0)] public required DeliveryKind Kind { get; init; }

    /// <summary>The channel; default for <see cref="DeliveryKind.Direct"/>.</summary>
    [Id(1)] public ChannelId Channel { get; init; }

    /// <summary>See the kinds.</summary>
    [Id(2)] public Position Position { get; init; }

    /// <summary>The notification; null for <see cref="DeliveryKind.Head"/> and <see cref="DeliveryKind.Deactivated"/>.</summary>
    [Id(3)] public Notification? Notification { get; init; }

    /// <summary>The connection, for <see cref="DeliveryKind.Direct"/> and <see cref="DeliveryKind.Replaced"/>.</summary>
    [Id(4)] public ConnectionId Connection { get; init; }

    /// <summary>The activation that goes, for <see cref="DeliveryKind.Deactivated"/>.</summary>
    [Id(5)] public string? Activation { get; init; }

    /// <summary>The question, for <see cref="DeliveryKind.Question"/>.</summary>
    [Id(6)] public EdgeQuestion? Question { get; init; }

    /// <summary>For <see cref="DeliveryKind.Direct"/>: the connection must be of this tenant; null: of any.</summary>
    [Id(7)] public string? Tenant { get; init; }
}
