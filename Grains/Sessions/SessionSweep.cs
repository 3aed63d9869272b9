using System.Collections.Immutable;

namespace Notify.Grains.Sessions;

/// <summary>Collects connections from edges in their order, page by page, a few edges at a time. In the grain's turns.</summary>
internal static class SessionSweep
{
    private const int WaveEdges = 8;

    /// <summary>At most so many connections after one of them.</summary>
    public static async Task<ConnectionsPage> ListAsync(
        EdgeInquiry inquiry, string tenant, ConnectionQuery query, IEnumerable<EdgeId> edges, ConnectionId? after, int limit)
    {
        EdgeId[] left = [.. edges.Where(e => after is null || Compare(e, after.Value.Edge) >= 0).OrderBy(e => e.Value, StringComparer.Ordinal)];
        var found = ImmutableArray.CreateBuilder<ConnectionEntry>();
        var missing = ImmutableArray.CreateBuilder<EdgeId>();
        bool hasMore = false;
        for (int i = 0; i < left.Length && !hasMore; i += WaveEdges)
        {
            var wave = left[i..Math.Min(left.Length, i + WaveEdges)];
            int room = Math.Min(limit - found.Count, ISessionsGrain.PageLimitCount);
            var answers = await inquiry.AskAsync(wave, edge => new()
            {
                Kind = EdgeQuestionKind.List, Number = 0, Tenant = tenant, Query = query, Limit = room,
                After = edge == after?.Edge ? after.Value.Local : null,
            });
            for (int j = 0; j < wave.Length && !hasMore; j++)
            {
                if (answers[j] is not { } answer)
                {
                    missing.Add(wave[j]);
                    continue;
                }

                foreach (var connection in answer.Connections)
                {
                    if (found.Count == limit) hasMore = true;
                    else found.Add(connection);
                }

                hasMore |= answer.HasMore;
            }

            hasMore |= found.Count == limit && i + WaveEdges < left.Length;
        }

        var all = found.DrainToImmutable();
        return new(all, hasMore && all.Length > 0 ? all[^1].Id : null, missing.DrainToImmutable());
    }

    /// <summary>All connections, but for what is over the limit; an edge that stops answering is missing with what it has not told.</summary>
    public static async Task<ConnectionsPage> ListAllAsync(EdgeInquiry inquiry, string tenant, IEnumerable<EdgeId> edges, int limit)
    {
        var found = ImmutableArray.CreateBuilder<ConnectionEntry>();
        var missing = ImmutableArray.CreateBuilder<EdgeId>();
        foreach (var wave in edges.OrderBy(e => e.Value, StringComparer.Ordinal).Chunk(WaveEdges))
        {
            int room = limit - found.Count;
            var parts = await Task.WhenAll(wave.Select(edge => ListEdgeAsync(inquiry, tenant, edge, room)));
            for (int i = 0; i < wave.Length; i++)
            {
                found.AddRange(parts[i].Connections.Take(limit - found.Count));
                if (!parts[i].IsComplete) missing.Add(wave[i]);
            }

            if (found.Count == limit) break;
        }

        return new(found.DrainToImmutable(), null, missing.DrainToImmutable());
    }

    private static async Task<(List<ConnectionEntry> Connections, bool IsComplete)> ListEdgeAsync(EdgeInquiry inquiry, string tenant, EdgeId edge, int limit)
    {
        var found = new List<ConnectionEntry>();
        while (found.Count < limit)
        {
            var answer = await inquiry.AskAsync(edge, new()
            {
                Kind = EdgeQuestionKind.List, Number = 0, Tenant = tenant, Query = ConnectionQuery.All,
                After = found.Count == 0 ? null : found[^1].Id.Local, Limit = Math.Min(ISessionsGrain.PageLimitCount, limit - found.Count),
            });
            if (answer is null) return (found, false);
            found.AddRange(answer.Connections);
            if (!answer.HasMore || answer.Connections.IsEmpty) break;
        }

        return (found, true);
    }

    private static int Compare(EdgeId a, EdgeId b) => string.CompareOrdinal(a.Value, b.Value);
}
