using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Notify.Grains.Edges;

/// <summary>
/// The leases of all edges. A new activation knows who was there and who is gone from the store, and expires nobody for one lease. The store
/// is written behind: renewals never wait for it, and without it edges serve all the same, because unknown is not dead.
/// </summary>
internal sealed partial class EdgeDirectoryGrain : Grain, IEdgeDirectoryGrain
{
    // Well within a lease: edges wait for this activation.
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WritePeriod = TimeSpan.FromMilliseconds(500);

    private readonly ISiloMembership _membership;
    private readonly MonotonicClock _clock;
    private readonly EdgeLeases _leases;
    private readonly IEdgeStore _store;
    private readonly ILogger<EdgeDirectoryGrain> _logger;
    private bool _isWriting;

    public EdgeDirectoryGrain(
        ISiloMembership membership, MonotonicClock clock, IOptions<EdgeLeaseOptions> options, IEdgeStore store, ILogger<EdgeDirectoryGrain> logger)
    {
        _membership = membership;
        _clock = clock;
        _leases = new(options.Value.Lease, options.Value.TombstoneLife, clock.Now);
        _store = store;
        _logger = logger;
    }

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var edge in await _store.ReadAsync(cancellationToken).WaitAsync(ReadLimit, _clock.Time, cancellationToken)) _leases.Restore(edge, _clock.Now);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // Who is there renews within a second, and silos tell whom they know.
            LogNotRead(failure);
        }

        // Interleaved: a database that hangs must not hold up renewals.
        _ = this.RegisterGrainTimer(WriteAsync, new() { DueTime = WritePeriod, Period = WritePeriod, Interleave = true });
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => WriteAsync(cancellationToken);

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

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        if (_isWriting || _leases.TakeChanges() is not { Count: > 0 } changes) return;
        _isWriting = true;
        try
        {
            await _store.WriteAsync(changes, cancellationToken);
        }
        catch (Exception failure)
        {
            // They are written with the next ones.
            _leases.KeepChanges(changes);
            LogNotWritten(failure);
        }
        finally
        {
            _isWriting = false;
        }
    }

    [LoggerMessage(1304, LogLevel.Warning, "The stored edges could not be read; the directory begins without them")]
    private partial void LogNotRead(Exception failure);

    [LoggerMessage(1305, LogLevel.Warning, "The edges could not be stored; it is tried again")]
    private partial void LogNotWritten(Exception failure);
}
