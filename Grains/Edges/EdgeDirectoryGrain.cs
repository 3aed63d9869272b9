using System.Collections.Immutable;
using Microsoft.Extensions.Options;

namespace Notify.Grains.Edges;

/// <summary>The leases of all edges, in memory: a new activation knows nobody, and expires nobody for one lease.</summary>
internal sealed class EdgeDirectoryGrain : Grain, IEdgeDirectoryGrain
{
    private readonly ISiloMembership _membership;
    private readonly MonotonicClock _clock;
    private readonly EdgeLeases _leases;

    public EdgeDirectoryGrain(ISiloMembership membership, MonotonicClock clock, IOptions<EdgeLeaseOptions> options)
    {
        _membership = membership;
        _clock = clock;
        _leases = new(options.Value.Lease, options.Value.TombstoneLife, clock.Now);
    }

    /// <inheritdoc/>
    public Task<LeaseResult> Renew(EdgeId edge)
    {
        bool isGranted = _leases.Renew(edge, _clock.Now);
        return Task.FromResult(new LeaseResult(isGranted, _leases.Lease, _membership.AliveSilos));
    }

    /// <inheritdoc/>
    public Task Release(EdgeId edge)
    {
        _leases.Release(edge, _clock.Now);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<EdgesSnapshot> Sync(string silo, ImmutableArray<EdgeId> edges)
    {
        var now = _clock.Now;
        foreach (var edge in edges) _leases.Adopt(edge, now);
        return Task.FromResult(_leases.Snapshot(now));
    }

    /// <inheritdoc/>
    public Task<EdgesSnapshot> GetEdges() => Task.FromResult(_leases.Snapshot(_clock.Now));
}
