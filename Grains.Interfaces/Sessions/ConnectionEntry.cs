using System.Collections.Immutable;

namespace Notify;

/// <summary>The transports a client can be connected over. The numbers are sent: never renumber.</summary>
public enum ConnectionTransport : byte
{
    /// <summary>WebSocket (RFC 6455).</summary>
    WebSocket = 1,

    /// <summary>Server-sent events (WHATWG HTML, text/event-stream).</summary>
    Sse = 2,
}

/// <summary>A name and a value that a connection's claims gave it; a name may occur several times.</summary>
[GenerateSerializer, Immutable, Alias("notify.ConnectionAttribute")]
public readonly record struct ConnectionAttribute(
    [property: Id(0)] string Name,
    [property: Id(1)] string Value);

/// <summary>What the cluster knows of one connection.</summary>
[GenerateSerializer, Immutable, Alias("notify.ConnectionEntry")]
public sealed record ConnectionEntry
{
    /// <summary>The server-issued id; names the edge.</summary>
    [Id(0)] public required ConnectionId Id { get; init; }

    /// <summary>The tenant; empty in single tenancy.</summary>
    [Id(1)] public string Tenant { get; init; } = "";

    /// <summary>The user's name.</summary>
    [Id(2)] public required string User { get; init; }

    /// <summary>The company's name; null when the user has none.</summary>
    [Id(3)] public string? Company { get; init; }

    /// <summary>The part of the application it watches; null: none in particular.</summary>
    [Id(4)] public string? Component { get; init; }

    /// <summary>The alias that the client chose within its user; null: none.</summary>
    [Id(5)] public string? ClientId { get; init; }

    /// <summary>How it is connected.</summary>
    [Id(6)] public ConnectionTransport Transport { get; init; }

    /// <summary>When it was accepted (UTC, by the edge's clock).</summary>
    [Id(7)] public DateTimeOffset ConnectedAt { get; init; }

    /// <summary>Further claims; never default.</summary>
    [Id(8)] public ImmutableArray<ConnectionAttribute> Attributes { get; init; } = [];
}
