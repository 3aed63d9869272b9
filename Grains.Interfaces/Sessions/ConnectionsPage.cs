using System.Collections.Immutable;

namespace Notify;

/// <summary>A page of connections, ordered by edge and by when they came.</summary>
/// <param name="Connections">The connections.</param>
/// <param name="Next">What to ask for as <c>after</c> to get the next page; null: this was the last.</param>
/// <param name="Missing">Edges that hold such connections and did not answer in time; the page is complete when there are none.</param>
/// <param name="AsOf">When a snapshot was taken; null: live.</param>
[GenerateSerializer, Immutable, Alias("notify.ConnectionsPage")]
public sealed record ConnectionsPage(
    [property: Id(0)] ImmutableArray<ConnectionEntry> Connections,
    [property: Id(1)] ConnectionId? Next,
    [property: Id(2)] ImmutableArray<EdgeId> Missing,
    [property: Id(3)] DateTimeOffset? AsOf = null);

/// <summary>How many connections there are, or were closed.</summary>
/// <param name="Count">How many.</param>
/// <param name="Missing">Edges that did not answer in time and are not counted.</param>
/// <param name="AsOf">When a snapshot was taken; null: live.</param>
[GenerateSerializer, Immutable, Alias("notify.ConnectionsCount")]
public sealed record ConnectionsCount(
    [property: Id(0)] long Count,
    [property: Id(1)] ImmutableArray<EdgeId> Missing,
    [property: Id(2)] DateTimeOffset? AsOf = null);

/// <summary>A page of the users of a company who are connected, by name (ordinal).</summary>
/// <param name="Users">Their names, each once.</param>
/// <param name="Next">What to ask for as <c>after</c> to get the next page; null: this was the last.</param>
/// <param name="Missing">Edges that did not answer in time; users who are connected only there are not in the page.</param>
[GenerateSerializer, Immutable, Alias("notify.OnlineUsersPage")]
public sealed record OnlineUsersPage(
    [property: Id(0)] ImmutableArray<string> Users,
    [property: Id(1)] string? Next,
    [property: Id(2)] ImmutableArray<EdgeId> Missing);
