using System.Collections.Immutable;

namespace Notify;

/// <summary>An edge in a channel's roster, with the members that it reported.</summary>
[GenerateSerializer, Immutable, Alias("notify.RosterEdge")]
public sealed record RosterEdge(
    [property: Id(0)] EdgeId Edge,
    [property: Id(1)] int MemberCount);

/// <summary>A channel as its activation sees it now.</summary>
/// <param name="Head">The newest retained position.</param>
/// <param name="Edges">The edges that hold members.</param>
/// <param name="Silo">Where the activation runs.</param>
/// <param name="Activation">Which activation answered.</param>
[GenerateSerializer, Immutable, Alias("notify.ChannelStatus")]
public sealed record ChannelStatus(
    [property: Id(0)] Position Head,
    [property: Id(1)] ImmutableArray<RosterEdge> Edges,
    [property: Id(2)] string Silo,
    [property: Id(3)] string Activation);
