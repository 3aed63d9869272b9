namespace Notify.Grains.Edges;

/// <summary>An edge as the directory keeps it.</summary>
/// <param name="Edge">Its id.</param>
/// <param name="GoneUntil">Null: it had a lease. Else it is gone, and remembered as such until then.</param>
internal readonly record struct StoredEdge(EdgeId Edge, DateTimeOffset? GoneUntil);

/// <summary>
/// What the edge directory knows beyond its activation: which edges there are and which are gone, not when leases end, for a new activation
/// gives everyone a lease. Writes are merged by edge and gone wins, so that they may come late, twice, or from two activations.
/// </summary>
internal interface IEdgeStore
{
    /// <summary>All that is kept.</summary>
    Task<IReadOnlyList<StoredEdge>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Adds or changes these.</summary>
    Task WriteAsync(IReadOnlyList<StoredEdge> edges, CancellationToken cancellationToken);
}

/// <summary>Keeps nothing: where the process is all there is.</summary>
internal sealed class NoEdgeStore : IEdgeStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredEdge>> ReadAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<StoredEdge>>([]);

    /// <inheritdoc/>
    public Task WriteAsync(IReadOnlyList<StoredEdge> edges, CancellationToken cancellationToken) => Task.CompletedTask;
}
