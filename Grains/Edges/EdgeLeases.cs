namespace Notify.Grains.Edges;

/// <summary>
/// Which edges are alive: the pure core of the edge directory. An edge that is unknown is not dead; one that is gone stays gone.
/// After an activation (its memory may be old or empty) nobody expires for one lease. Not thread safe.
/// </summary>
internal sealed class EdgeLeases(TimeSpan lease, TimeSpan tombstoneLife, DateTimeOffset activatedAt)
{
    private readonly Dictionary<EdgeId, DateTimeOffset> _expiries = [];
    private readonly Dictionary<EdgeId, DateTimeOffset> _tombstones = [];
    private readonly HashSet<EdgeId> _changed = [];

    /// <summary>How long a lease lasts after its renewal.</summary>
    public TimeSpan Lease => lease;

    /// <summary>Takes or renews a lease; false when this id is gone.</summary>
    public bool Renew(EdgeId edge, DateTimeOffset now)
    {
        Expire(now);
        if (_tombstones.ContainsKey(edge)) return false;
        if (!_expiries.ContainsKey(edge)) _ = _changed.Add(edge);
        _expiries[edge] = now + lease;
        return true;
    }

    /// <summary>Ends a lease now.</summary>
    public void Release(EdgeId edge, DateTimeOffset now)
    {
        _expiries.Remove(edge);
        if (_tombstones.TryAdd(edge, now + tombstoneLife)) _ = _changed.Add(edge);
    }

    /// <summary>The store knew this edge when the activation began.</summary>
    public void Restore(StoredEdge stored, DateTimeOffset now)
    {
        if (stored.GoneUntil is { } until) _tombstones[stored.Edge] = until;
        else _expiries[stored.Edge] = now + lease;
    }

    /// <summary>What the store does not have yet.</summary>
    public List<StoredEdge> TakeChanges()
    {
        // One that is in neither was gone for so long that it is forgotten.
        List<StoredEdge> changes =
        [
            .. _changed.Where(edge => _expiries.ContainsKey(edge) || _tombstones.ContainsKey(edge))
                .Select(edge => new StoredEdge(edge, _tombstones.TryGetValue(edge, out var until) ? until : null)),
        ];
        _changed.Clear();
        return changes;
    }

    /// <summary>The store did not take these.</summary>
    public void KeepChanges(IEnumerable<StoredEdge> changes) => _changed.UnionWith(changes.Select(change => change.Edge));

    /// <summary>Somebody knows this edge: unless it is known here too it gets a lease, so that it expires if it does not renew.</summary>
    public void Adopt(EdgeId edge, DateTimeOffset now)
    {
        Expire(now);
        if (!_tombstones.ContainsKey(edge) && _expiries.TryAdd(edge, now + lease)) _ = _changed.Add(edge);
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
            if (_tombstones.TryAdd(edge, now + tombstoneLife)) _ = _changed.Add(edge);
        }

        foreach (var (edge, until) in _tombstones)
        {
            if (until <= now) _tombstones.Remove(edge);
        }
    }
}
