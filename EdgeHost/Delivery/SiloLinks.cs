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
internal sealed class SiloLinks(TimeSpan silenceLimit)
{
    private readonly Dictionary<string, SiloLink> _links = [];

    /// <summary>The silos heard of or expected.</summary>
    public IReadOnlyCollection<string> Silos => _links.Keys;

    /// <summary>Takes note of a batch; <paramref name="skip"/>: how many of its deliveries were seen before.</summary>
    public SiloFindings OnBatch(EdgeBatch batch, TimeSpan now, out int skip)
    {
        if (!_links.TryGetValue(batch.Silo, out var link)) _links.Add(batch.Silo, link = new());
        (skip, bool isGap) = link.Accept(batch, now);
        return isGap ? new(true, [batch.Silo]) : SiloFindings.None;
    }

    /// <summary>The directory says which silos are alive.</summary>
    public SiloFindings OnAlive(ImmutableArray<string> silos, TimeSpan now)
    {
        ImmutableArray<string> gone = [.. _links.Keys.Except(silos)];
        foreach (string silo in gone) _links.Remove(silo);
        bool isNew = false;
        foreach (string silo in silos) isNew |= Expect(silo, now);
        return gone.IsEmpty && !isNew ? SiloFindings.None : new(isNew, gone);
    }

    /// <summary>A channel was attached at this silo; true when it is a new one, to be subscribed at.</summary>
    public bool Expect(string silo, TimeSpan now)
    {
        if (_links.ContainsKey(silo)) return false;
        var link = new SiloLink();
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
