using System.Collections.Immutable;

namespace Notify.Grains.Users;

/// <summary>A user's connections as the edges report them: each report is the whole truth about its edge. Pure and lean. Not thread safe.</summary>
internal sealed class UserConnections
{
    private readonly record struct EdgeReport(EdgeId Edge, ImmutableArray<ConnectionEntry> Connections);

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

    /// <summary>The edge's connections are these.</summary>
    public void Report(EdgeId edge, ImmutableArray<ConnectionEntry> connections)
    {
        int index = Array.FindIndex(_reports, report => report.Edge == edge);
        if (index >= 0) _reports[index] = new(edge, connections);
        else _reports = [.. _reports, new(edge, connections)];
    }

    /// <summary>The edge holds none any more.</summary>
    public void Forget(EdgeId edge)
    {
        if (Array.Exists(_reports, report => report.Edge == edge)) _reports = Array.FindAll(_reports, report => report.Edge != edge);
    }

    /// <summary>All of them, oldest first; of the same moment by id.</summary>
    public ImmutableArray<ConnectionEntry> Merge() =>
    [
        .. _reports.SelectMany(report => report.Connections)
            .OrderBy(connection => connection.ConnectedAt)
            .ThenBy(connection => connection.Id.ToString(), StringComparer.Ordinal),
    ];
}
