using System.Collections.Immutable;

namespace Notify.EdgeHost.Security;

/// <summary>Who a connection belongs to, with the client id that it chose.</summary>
internal sealed record ClientIdentity
{
    /// <summary>The tenant; empty in single tenancy.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>The user's name.</summary>
    public required string User { get; init; }

    /// <summary>The company's name; null: none.</summary>
    public string? Company { get; init; }

    /// <summary>The part of the application; null: none in particular.</summary>
    public string? Component { get; init; }

    /// <summary>The alias within the user; null: none.</summary>
    public string? ClientId { get; init; }

    /// <summary>Further claims.</summary>
    public ImmutableArray<ConnectionAttribute> Attributes { get; init; } = [];

    /// <summary>What it may do, and until when.</summary>
    public ClientGrant Grant { get; init; } = ClientGrant.Open;
}
