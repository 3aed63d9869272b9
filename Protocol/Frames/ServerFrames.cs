namespace Notify.Protocol;

/// <summary>A channel as clients see it, with a position: never with a tenant.</summary>
/// <param name="Kind">user, company, topic or everyone.</param>
/// <param name="Id">The name; empty for everyone.</param>
/// <param name="Epoch">The position's epoch.</param>
/// <param name="Offset">The position's offset.</param>
public readonly record struct WireChannel(string Kind, string Id, long Epoch, long Offset)
{
    /// <summary>Whether all that a resume asked for is there; null: nothing was asked for this channel.</summary>
    public bool? Recovered { get; init; }
}

/// <summary>The first frame of a connection.</summary>
/// <param name="ConnectionId">The connection's id.</param>
/// <param name="Edge">The edge that holds it.</param>
/// <param name="Channels">Its channels, each with the position after which it is live.</param>
/// <param name="PingSeconds">How often the server pings: a client that hears nothing for twice as long is cut off.</param>
public sealed record WelcomeFrame(string ConnectionId, string Edge, IReadOnlyList<WireChannel> Channels, int PingSeconds)
{
    /// <summary>What to resume with before anything else has come.</summary>
    public Cursor? Cursor { get; init; }
}

/// <summary>A notification on its way to clients.</summary>
public readonly record struct NotificationFrame
{
    /// <summary>The channel and the notification's position in it; an ephemeral one's is the position it follows. Null: sent to the connection itself.</summary>
    public WireChannel? Channel { get; init; }

    /// <summary>The notification's id.</summary>
    public required string Id { get; init; }

    /// <summary>The event name; null: none.</summary>
    public string? Event { get; init; }

    /// <summary>When the channel accepted it.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>Takes no offset and is never replayed.</summary>
    public bool IsEphemeral { get; init; }

    /// <summary>Whether the payload is bytes; else it is one JSON value in UTF-8.</summary>
    public bool IsBinary { get; init; }

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }
}

/// <summary>The answer to a client's frame.</summary>
/// <param name="To">The type of the client's frame.</param>
/// <param name="Ref">The client's ref as it came (a JSON string or number); empty: it had none.</param>
/// <param name="Channels">For subscribe and unsubscribe the channels joined or left; else null.</param>
public sealed record ReplyFrame(string To, ReadOnlyMemory<byte> Ref, IReadOnlyList<WireChannel>? Channels = null)
{
    /// <summary>For a message: its url.</summary>
    public string? Url { get; init; }

    /// <summary>For a message: the handler's answer, one JSON value; empty: it gave none.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }
}
