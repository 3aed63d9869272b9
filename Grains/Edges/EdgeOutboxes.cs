using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Notify.Grains.Telemetry;
using Notify.Streams;

namespace Notify.Grains.Edges;

/// <summary>
/// The edges that this silo knows, and those it knows to be gone. An edge becomes known when it subscribes or a local channel takes it
/// in, and goes when the directory says that its lease has ended. Thread safe.
/// </summary>
internal sealed class EdgeOutboxes : IEdgeObservers
{
    private readonly ConcurrentDictionary<EdgeId, KnownEdge> _edges = new();
    private readonly Channel<KnownEdge> _added = System.Threading.Channels.Channel.CreateUnbounded<KnownEdge>(new() { SingleReader = true });
    private readonly Func<EdgeId, KnownEdge> _make;
    private volatile ImmutableHashSet<EdgeId> _gone = [];
    private long _endedDropped;
    private long _endedFolded;

    public EdgeOutboxes(ISiloMembership membership, IOptions<EdgeOutboxOptions> options, TimeProvider time, SiloMetrics metrics)
    {
        _make = edge => new(edge, new(membership.LocalSilo, options.Value.LimitBytes, options.Value.BatchLimitBytes), time);
        metrics.Observe("notify.outbox.edges", "{edge}", "Edges that this silo knows.", () => _edges.Count);
        metrics.Observe("notify.outbox.queued", "By", "What waits for edges or is unconfirmed.", () => _edges.Values.Sum(edge => edge.Outbox.QueuedBytes));
        metrics.ObserveTotal("notify.outbox.folded", "{notification}", "Notifications replaced by heads because an outbox was full.",
            () => Volatile.Read(ref _endedFolded) + _edges.Values.Sum(edge => edge.Outbox.FoldedCount));
        metrics.ObserveTotal("notify.outbox.dropped", "{notification}", "Ephemeral and direct notifications dropped because an outbox was full.",
            () => Volatile.Read(ref _endedDropped) + _edges.Values.Sum(edge => edge.Outbox.DroppedCount));
    }

    /// <summary>Edges as they become known, for the pumps; one reader. As many wait as edges exist, which the leases bound.</summary>
    public ChannelReader<KnownEdge> Added => _added.Reader;

    /// <summary>All known edges.</summary>
    public ICollection<KnownEdge> Known => _edges.Values;

    /// <summary>Whether the edge's lease is known to have ended.</summary>
    public bool IsGone(EdgeId edge) => _gone.Contains(edge);

    /// <summary>The edge; null when this silo does not know it.</summary>
    public KnownEdge? Find(EdgeId edge) => _edges.GetValueOrDefault(edge);

    /// <summary>The edge, known from now on; null when it is gone.</summary>
    public KnownEdge? GetOrAdd(EdgeId edge)
    {
        if (_edges.TryGetValue(edge, out var known)) return known;
        if (IsGone(edge)) return null;
        var made = _make(edge);
        known = _edges.GetOrAdd(edge, made);
        if (known == made) _added.Writer.TryWrite(made);
        return known;
    }

    /// <summary>Takes in what the directory says; the local channels whose rosters hold an edge that is gone.</summary>
    public IReadOnlyList<(EdgeId Edge, ChannelId Channel)> Apply(EdgesSnapshot snapshot)
    {
        _gone = [.. snapshot.Gone];
        List<(EdgeId, ChannelId)> orphans = [];
        foreach (var edge in snapshot.Gone)
        {
            if (!_edges.TryRemove(edge, out var ended)) continue;
            orphans.AddRange(ended.End().Select(channel => (edge, channel)));
            Interlocked.Add(ref _endedDropped, ended.Outbox.DroppedCount);
            Interlocked.Add(ref _endedFolded, ended.Outbox.FoldedCount);
        }

        return orphans;
    }

    IEdgeObserver? IEdgeObservers.Find(EdgeId edge) => Find(edge)?.Registration?.Observer;
}
