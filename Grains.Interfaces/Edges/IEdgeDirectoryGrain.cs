using System.Collections.Immutable;

namespace Notify;

/// <summary>The answer to a lease call.</summary>
/// <param name="IsGranted">False: this id's lease has ended; the edge closes its connections and takes a new id.</param>
/// <param name="Lease">How long the lease lasts from now.</param>
/// <param name="Silos">The silos that are alive.</param>
[GenerateSerializer, Immutable, Alias("notify.LeaseResult")]
public sealed record LeaseResult(
    [property: Id(0)] bool IsGranted,
    [property: Id(1)] TimeSpan Lease,
    [property: Id(2)] ImmutableArray<string> Silos);

/// <summary>What the directory knows: unknown is not dead.</summary>
/// <param name="Alive">Edges whose lease runs.</param>
/// <param name="Gone">Edges whose lease has ended or was released, kept for an hour.</param>
[GenerateSerializer, Immutable, Alias("notify.EdgesSnapshot")]
public sealed record EdgesSnapshot(
    [property: Id(0)] ImmutableArray<EdgeId> Alive,
    [property: Id(1)] ImmutableArray<EdgeId> Gone);

/// <summary>The leases of all edges. One grain; key <see cref="Key"/>.</summary>
[Alias("notify.IEdgeDirectoryGrain")]
public interface IEdgeDirectoryGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "edges";

    /// <summary>Takes or renews the lease of an edge; to be called once a second.</summary>
    [Alias("Renew")]
    Task<LeaseResult> Renew(EdgeId edge);

    /// <summary>Ends the lease of an edge that has drained; its id is gone at once.</summary>
    [Alias("Release")]
    Task Release(EdgeId edge);

    /// <summary>
    /// For silos, every two seconds: tells which edges the silo sends to and learns which are gone. An edge that the directory does
    /// not know gets a lease from now on, so that it expires unless it renews.
    /// </summary>
    [Alias("Sync")]
    Task<EdgesSnapshot> Sync(string silo, ImmutableArray<EdgeId> edges);

    /// <summary>The leases as they are now.</summary>
    [Alias("GetEdges")]
    Task<EdgesSnapshot> GetEdges();
}
