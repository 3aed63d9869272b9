using System.Collections.Immutable;
using Notify.Streams;

namespace Notify.EdgeHost.Delivery;

/// <summary>What has to be done about the silos after something was heard, or not heard, of them.</summary>
/// <param name="Subscribe">The edge's stream is to be subscribed anew, at every silo.</param>
/// <param name="Uncertain">Silos whose word may be lost: the channels attached there are to be attached again.</param>
internal readonly record struct SiloFindings(bool Subscribe, ImmutableArray<string> Uncertain)
{
    /// <summary>Nothing to do.</summary>
    public static SiloFindings None { get; } = new(false, []);
}

/// <summary>
/// The edge's links to all silos. A sequence gap, three missing beacons or a silo's end make its attachments uncertain; a new silo has to
/// be given the edge's observer. Pure; not thread safe.
/// </summary>
internal sealed class SiloLinks(TimeSpan silenceLimit, TimeSpan memory)
{
    private readonly Dictionary<string, SiloLink> _links = [];
    private readonly Dictionary<string, (SiloLink Link, TimeSpan Until)> _former = [];

    /// <summary>The silos heard of or expected.</summary>
    public IReadOnlyCollection<string> Silos => _links.Keys;

    /// <summary>Takes note of a batch; <paramref name="skip"/>: how many of its deliveries were seen before.</summary>
    public SiloFindings OnBatch(EdgeBatch batch, TimeSpan now, out int skip)
    {
        if (_former.TryGetValue(batch.Silo, out var former))
        {
            (skip, bool isGapOfFormer) = former.Link.Accept(batch, now);
            return isGapOfFormer ? new(false, [batch.Silo]) : SiloFindings.None;
        }

        if (!_links.TryGetValue(batch.Silo, out var link)) _links.Add(batch.Silo, link = new());
        (skip, bool isGap) = link.Accept(batch, now);
        return isGap ? new(true, [batch.Silo]) : SiloFindings.None;
    }

    /// <summary>The directory says which silos are alive. One that is gone is remembered for a while: its last batches may be late.</summary>
    public SiloFindings OnAlive(ImmutableArray<string> silos, TimeSpan now)
    {
        ImmutableArray<string> gone = [.. _links.Keys.Except(silos)];
        foreach (string silo in gone)
        {
            _links.Remove(silo, out var link);
            _former[silo] = (link!, now + memory);
        }

        bool isNew = false;
        foreach (string silo in silos) isNew |= Expect(silo, now);
        foreach (var (silo, (_, until)) in _former)
        {
            if (until <= now) _former.Remove(silo);
        }

        return gone.IsEmpty && !isNew ? SiloFindings.None : new(isNew, gone);
    }

    /// <summary>A silo is alive, or a channel was attached there; true when it is new, to be subscribed at.</summary>
    public bool Expect(string silo, TimeSpan now)
    {
        if (_links.ContainsKey(silo)) return false;
        var link = _former.Remove(silo, out var former) ? former.Link : new SiloLink();
        link.Excuse(now);
        _links.Add(silo, link);
        return true;
    }

    /// <summary>Looks for silos that have gone silent; to be called about once a second.</summary>
    public SiloFindings OnTick(TimeSpan now)
    {
        ImmutableArray<string> silent = [.. _links.Where(l => l.Value.IsSilent(now, silenceLimit)).Select(l => l.Key)];
        foreach (string silo in silent) _links[silo].Excuse(now);
        return silent.IsEmpty ? SiloFindings.None : new(true, silent);
    }
}
