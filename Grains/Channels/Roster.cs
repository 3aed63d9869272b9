namespace Notify.Grains.Channels;

/// <summary>An edge in a roster.</summary>
/// <param name="Edge">The edge.</param>
/// <param name="Version">The newest version applied.</param>
/// <param name="MemberCount">The members it reported.</param>
internal readonly record struct RosterEntry(EdgeId Edge, long Version, int MemberCount);

/// <summary>
/// A channel's memory of which edges hold it. An edge's calls may arrive late, twice and out of order: only a version newer than the
/// last applied one counts, and a detached edge's version is remembered until no earlier call can still be under way.
/// Pure and lean: most channels are held by one edge. Not thread safe.
/// </summary>
internal sealed class Roster(TimeSpan tombstoneLife)
{
    private readonly record struct Tombstone(EdgeId Edge, long Version, DateTimeOffset Until);

    private RosterEntry[] _entries = [];
    private Tombstone[]? _tombstones;
    private int _edgeCount;

    /// <summary>The edges that hold the channel, in no order; valid until the next call.</summary>
    public ReadOnlySpan<RosterEntry> Entries => _entries.AsSpan(0, _edgeCount);

    /// <summary>How many edges hold the channel.</summary>
    public int EdgeCount => _edgeCount;

    /// <summary>The members that they reported, in all.</summary>
    public int MemberCount
    {
        get
        {
            int count = 0;
            foreach (ref readonly var entry in Entries) count += entry.MemberCount;
            return count;
        }
    }

    /// <summary>No edge and no tombstone: losing this roster loses nothing.</summary>
    public bool IsEmpty => _edgeCount == 0 && _tombstones is null;

    /// <summary>Takes the edge in, or updates what it reported; <see cref="AttachOutcome.Stale"/> when something as new was applied.</summary>
    public AttachOutcome Attach(EdgeId edge, long version, int memberCount, DateTimeOffset now)
    {
        Prune(now);
        int index = IndexOf(edge);
        if (index >= 0)
        {
            if (version <= _entries[index].Version) return AttachOutcome.Stale;
            _entries[index] = new(edge, version, memberCount);
            return AttachOutcome.Attached;
        }

        if (version <= TombstonedVersion(edge)) return AttachOutcome.Stale;
        DropTombstone(edge);
        if (_edgeCount == _entries.Length) Array.Resize(ref _entries, Math.Max(1, _edgeCount * 2));
        _entries[_edgeCount++] = new(edge, version, memberCount);
        return AttachOutcome.Attached;
    }

    /// <summary>Takes the edge out and remembers the version; false when something as new was applied.</summary>
    public bool Detach(EdgeId edge, long version, DateTimeOffset now)
    {
        Prune(now);
        int index = IndexOf(edge);
        if (index >= 0)
        {
            if (version <= _entries[index].Version) return false;
            RemoveAt(index);
        }
        else if (version <= TombstonedVersion(edge))
        {
            return false;
        }

        DropTombstone(edge);
        _tombstones = [.. _tombstones ?? [], new(edge, version, now + tombstoneLife)];
        return true;
    }

    /// <summary>Takes out an edge whose lease has ended; its id never comes back.</summary>
    public bool Remove(EdgeId edge)
    {
        DropTombstone(edge);
        int index = IndexOf(edge);
        if (index < 0) return false;
        RemoveAt(index);
        return true;
    }

    /// <summary>Forgets the tombstones whose time has passed.</summary>
    public void Prune(DateTimeOffset now)
    {
        if (_tombstones is not null && Array.Exists(_tombstones, t => t.Until <= now))
            SetTombstones(Array.FindAll(_tombstones, t => t.Until > now));
    }

    private int IndexOf(EdgeId edge)
    {
        for (int i = 0; i < _edgeCount; i++)
        {
            if (_entries[i].Edge == edge) return i;
        }

        return -1;
    }

    private void RemoveAt(int index)
    {
        _entries[index] = _entries[--_edgeCount];
        _entries[_edgeCount] = default;
        if (_edgeCount == 0) _entries = [];
    }

    private long TombstonedVersion(EdgeId edge)
    {
        foreach (var tombstone in _tombstones ?? [])
        {
            if (tombstone.Edge == edge) return tombstone.Version;
        }

        return long.MinValue;
    }

    private void DropTombstone(EdgeId edge)
    {
        if (_tombstones is not null) SetTombstones(Array.FindAll(_tombstones, t => t.Edge != edge));
    }

    private void SetTombstones(Tombstone[] tombstones) => _tombstones = tombstones.Length == 0 ? null : tombstones;
}
