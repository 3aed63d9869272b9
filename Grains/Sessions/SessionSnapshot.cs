using System.Collections.Immutable;

namespace Notify.Grains.Sessions;

/// <summary>The connections of a tenant as one sweep found them, ordered by edge and by when they came. Immutable.</summary>
internal sealed class SessionSnapshot(DateTimeOffset asOf, ImmutableArray<ConnectionEntry> connections, ImmutableArray<EdgeId> missing)
{
    /// <summary>How many fit a query.</summary>
    public ConnectionsCount Count(ConnectionQuery query)
    {
        var matcher = new ConnectionMatcher(query);
        return new(connections.Count(matcher.Matches), missing, asOf);
    }

    /// <summary>A page of those that fit a query.</summary>
    public ConnectionsPage List(ConnectionQuery query, ConnectionId? after, int limit)
    {
        var matcher = new ConnectionMatcher(query);
        var found = ImmutableArray.CreateBuilder<ConnectionEntry>();
        for (int i = after is { } last ? IndexAfter(last) : 0; i < connections.Length; i++)
        {
            if (!matcher.Matches(connections[i])) continue;
            if (found.Count == limit) return new(found.ToImmutable(), found[^1].Id, missing, asOf);
            found.Add(connections[i]);
        }

        return new(found.DrainToImmutable(), null, missing, asOf);
    }

    private int IndexAfter(ConnectionId id)
    {
        int low = 0, high = connections.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Compare(connections[middle].Id, id) <= 0) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private static int Compare(ConnectionId a, ConnectionId b)
    {
        int edges = string.CompareOrdinal(a.Edge.Value, b.Edge.Value);
        if (edges != 0) return edges;
        int lengths = a.Local.Length.CompareTo(b.Local.Length); // hexadecimal without leading zeros: the longer is the later
        return lengths != 0 ? lengths : string.CompareOrdinal(a.Local, b.Local);
    }
}
