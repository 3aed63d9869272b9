using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Notify.Streams;

namespace Notify.Grains.Edges;

/// <summary>Keeps a silo and the edge directory of one mind: tells which edges the silo sends to, and takes out those that are gone.</summary>
internal sealed partial class EdgeSync(
    EdgeOutboxes outboxes,
    ISiloMembership membership,
    IGrainFactory grains,
    IOptions<EdgeLeaseOptions> options,
    IOptions<EdgeStreamOptions> streams,
    TimeProvider time,
    ILogger<EdgeSync> logger) : BackgroundService
{
    // Calls to local grains under way at once when an edge goes.
    private const int ParallelCalls = 256;

    private List<(EdgeId Edge, ChannelId Channel)> _orphans = [];

    /// <summary>One exchange with the directory.</summary>
    internal async Task SyncAsync(CancellationToken cancellationToken)
    {
        var directory = grains.GetGrain<IEdgeDirectoryGrain>(IEdgeDirectoryGrain.Key);
        ImmutableArray<EdgeId> known = [.. outboxes.Known.Select(edge => edge.Id)];
        var snapshot = await directory.Sync(membership.LocalSilo, known).WaitAsync(options.Value.Lease, time, cancellationToken);
        _orphans.AddRange(outboxes.Apply(snapshot));

        // Other providers have no registration that makes an edge known to every silo.
        if (!streams.Value.IsDirect)
        {
            foreach (var edge in snapshot.Alive) _ = outboxes.GetOrAdd(edge);
        }

        await TakeOutAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SyncPeriod, time);
        do
        {
            try
            {
                await SyncAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // The directory may be moving to another silo; unknown is not dead.
                LogSyncFailed(failure);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).AsTask().ContinueWith(
            static tick => tick.IsCompletedSuccessfully && tick.GetAwaiter().GetResult(),
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default));
    }

    // What fails stays for the next round: a roster must not keep a dead edge, for it would keep the activation too.
    private async Task TakeOutAsync(CancellationToken cancellationToken)
    {
        if (_orphans.Count == 0) return;
        var failed = new List<(EdgeId, ChannelId)>();
        foreach (var some in _orphans.Chunk(ParallelCalls))
        {
            bool[] done = await Task.WhenAll(some.Select(orphan => TryTakeOutAsync(orphan.Edge, orphan.Channel, cancellationToken)));
            failed.AddRange(some.Where((_, i) => !done[i]));
        }

        _orphans = failed;
    }

    private async Task<bool> TryTakeOutAsync(EdgeId edge, ChannelId channel, CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetChannel(channel).EdgeGone(edge).WaitAsync(options.Value.Lease, time, cancellationToken);
            return true;
        }
        catch (Exception failure)
        {
            // Whatever it is, it is tried again.
            LogTakingOutFailed(edge, channel, failure);
            return false;
        }
    }

    [LoggerMessage(1302, LogLevel.Warning, "The edge directory did not answer")]
    private partial void LogSyncFailed(Exception failure);

    [LoggerMessage(1303, LogLevel.Warning, "Edge {Edge} could not be taken out of the roster of {Channel}; it is tried again")]
    private partial void LogTakingOutFailed(EdgeId edge, ChannelId channel, Exception failure);
}
