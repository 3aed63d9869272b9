using System.Collections.Immutable;

namespace Notify.Grains.Users;

/// <summary>A user's connections as the edges report them: each report is the whole truth about its edge. Pure and lean. Not thread safe.</summary>
internal sealed class UserConnections
{
    // Replaced: those of its connections whose client id another has taken over; the edge was told and still lists them.
    private readonly record struct EdgeReport(EdgeId Edge, ImmutableArray<ConnectionEntry> Connections, ImmutableArray<ConnectionId> Replaced);

    private EdgeReport[] _reports = [];

    /// <summary>How many connections the other edges hold.</summary>
    public int CountExcept(EdgeId edge)
    {
        int count = 0;
        foreach (var report in _reports)
        {
            if (report.Edge != edge) count += report.Connections.Length;
        }

        return count;
    }

    /// <summary>
    /// The edge's connections are these. Answers those, of any edge, that are to be closed because another took over their client id. One
    /// that its edge had not reported before is the newer; where that cannot be told, because the edge only attaches again
    /// (<paramref name="isAgain"/>), the time of connecting decides.
    /// </summary>
    public ImmutableArray<ConnectionId> Report(EdgeId edge, ImmutableArray<ConnectionEntry> connections, bool isAgain)
    {
        int index = Array.FindIndex(_reports, report => report.Edge == edge);
        var before = index < 0 ? default : _reports[index];
        ImmutableArray<ConnectionId> replaced = [];
        if (index >= 0 && !before.Replaced.IsEmpty) replaced = [.. before.Replaced.Where(id => connections.Any(c => c.Id == id))];
        var told = replaced;
        foreach (var connection in connections)
        {
            if (connection.ClientId is null || replaced.Contains(connection.Id)) continue;
            bool isNew = index < 0 ? !isAgain : !before.Connections.Any(c => c.Id == connection.Id);
            if (Contend(edge, connection, isNew, ref told)) replaced = replaced.Add(connection.Id);
        }

        var report = new EdgeReport(edge, connections, replaced);
        if (index >= 0) _reports[index] = report;
        else _reports = [.. _reports, report];
        return told;
    }

    /// <summary>The edge holds none any more.</summary>
    public void Forget(EdgeId edge)
    {
        if (Array.Exists(_reports, report => report.Edge == edge)) _reports = Array.FindAll(_reports, report => report.Edge != edge);
    }

    /// <summary>All of them but those that have been replaced, oldest first; of the same moment by id.</summary>
    public ImmutableArray<ConnectionEntry> Merge() =>
    [
        .. _reports.SelectMany(report => report.Replaced.IsEmpty ? report.Connections : report.Connections.RemoveAll(c => report.Replaced.Contains(c.Id)))
            .OrderBy(connection => connection.ConnectedAt)
            .ThenBy(connection => connection.Id.ToString(), StringComparer.Ordinal),
    ];

    /// <summary>Decides between a connection and those of other edges with the same client id; true when it is itself the older. An edge sees to its own.</summary>
    private bool Contend(EdgeId edge, ConnectionEntry connection, bool isNew, ref ImmutableArray<ConnectionId> told)
    {
        for (int i = 0; i < _reports.Length; i++)
        {
            var report = _reports[i];
            if (report.Edge == edge) continue;
            foreach (var other in report.Connections)
            {
                if (!string.Equals(other.ClientId, connection.ClientId, StringComparison.Ordinal) || report.Replaced.Contains(other.Id)) continue;
                if (!isNew && other.ConnectedAt > connection.ConnectedAt)
                {
                    told = told.Add(connection.Id);
                    return true;
                }

                told = told.Add(other.Id);
                _reports[i] = _reports[i] with { Replaced = _reports[i].Replaced.Add(other.Id) };
            }
        }

        return false;
    }
}
