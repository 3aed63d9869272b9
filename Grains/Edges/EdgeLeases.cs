namespace Notify.Grains.Edges;

/// <summary>
/// Which edges are alive: the pure core of the edge directory. An edge that is unknown is not dead; one that is gone stays gone.
/// After an activation (its memory may be old or empty) nobody expires for one lease. Not thread safe.
/// </summary>
internal sealed class EdgeLeases(TimeSpan lease, TimeSpan tombstoneLife, DateTimeOffset activatedAt)
{
    private readonly Dictionary<EdgeId, DateTimeOffset> _expiries = [];
    private readonly Dictionary<EdgeId, DateTimeOffset> _tombstones = [];

    /// <summary>How long a lease lasts after its renewal.</summary>
    public TimeSpan Lease => lease;

    /// <summary>Takes or renews a lease; false when this id is gone.</summary>
    public bool Renew(EdgeId edge, DateTimeOffset now)
    {
        Expire(now);
        if (_tombstones.ContainsKey(edge)) return false;
        _expiries[edge] = now + lease;
        return true;
    }

    /// <summary>Ends a lease now.</summary>
    public void Release(EdgeId edge, DateTimeOffset now)
    {
        _expiries.Remove(edge);
        _tombstones.TryAdd(edge, now + tombstoneLife);
    }

    /// <summary>Somebody knows this edge: unless it is known here too it gets a lease, so that it expires if it does not renew.</summary>
    public void Adopt(EdgeId edge, DateTimeOffset now)
    {
        Expire(now);
        if (!_tombstones.ContainsKey(edge)) _expiries.TryAdd(edge, now + lease);
    }

    /// <summary>Who is alive and who is gone.</summary>
    public EdgesSnapshot Snapshot(DateTimeOffset now)
    {
        Expire(now);
        return new([.. _expiries.Keys], [.. _tombstones.Keys]);
    }

    private void Expire(DateTimeOffset now)
    {
        if (now < activatedAt + lease) return;
        foreach (var (edge, expiry) in _expiries)
        {
            if (expiry > now) continue;
            _expiries.Remove(edge);
            _tombstones.TryAdd(edge, now + tombstoneLife);
        }

        foreach (var (edge, until) in _tombstones)
        {
            if (until <= now) _tombstones.Remove(edge);
        }
    }
}
