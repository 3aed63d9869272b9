using Notify.Streams;

namespace Notify.EdgeHost.Delivery;

/// <summary>What a batch turned out to be.</summary>
/// <param name="Skip">How many of its deliveries were seen before.</param>
/// <param name="IsGap">Something between the last batch and this one is missing.</param>
internal readonly record struct SiloLinkResult(int Skip, bool IsGap);

/// <summary>One silo's batches to this edge: tells repeats and gaps by their sequence. Pure; not thread safe.</summary>
internal sealed class SiloLink
{
    private long _lastSequence;

    /// <summary>When the silo was last heard of.</summary>
    public TimeSpan LastHeard { get; private set; }

    /// <summary>Takes note of a batch.</summary>
    public SiloLinkResult Accept(EdgeBatch batch, TimeSpan now)
    {
        LastHeard = now;
        bool isGap = batch.FirstSequence > _lastSequence + 1;
        if (batch.LastSequence <= _lastSequence) return new(batch.Deliveries.Length, isGap);

        // A batch comes again unchanged or not at all. Where a provider cut it otherwise, positions tell the repeats.
        long seen = Math.Max(0, _lastSequence + 1 - batch.FirstSequence);
        bool isFolded = batch.LastSequence - batch.FirstSequence + 1 != batch.Deliveries.Length;
        _lastSequence = batch.LastSequence;
        return new(isFolded ? 0 : (int)Math.Min(seen, batch.Deliveries.Length), isGap);
    }

    /// <summary>Whether nothing, not even a beacon, has come for longer than <paramref name="limit"/>.</summary>
    public bool IsSilent(TimeSpan now, TimeSpan limit) => now - LastHeard > limit;

    /// <summary>Starts the wait for a sign of life anew, after subscribing again.</summary>
    public void Excuse(TimeSpan now) => LastHeard = now;
}
