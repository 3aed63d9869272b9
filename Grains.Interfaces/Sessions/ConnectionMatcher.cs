namespace Notify;

/// <summary>A query made ready for many connections: for edges and silos. Its topic and tenant are not looked at, for an entry does not know them all. Immutable.</summary>
public sealed class ConnectionMatcher
{
    private readonly ConnectionQuery _query;
    private readonly Filter? _where;
    private readonly bool _isUnreadable;

    /// <summary>Reads the filter once.</summary>
    public ConnectionMatcher(ConnectionQuery query)
    {
        _query = query;
        if (query.Where is { } where) _isUnreadable = !Filter.TryParse(where, out _where, out _);
    }

    /// <summary>Whether a connection meets every criterion. A filter that this version cannot read fits none.</summary>
    public bool Matches(ConnectionEntry connection) =>
        !_isUnreadable
        && Fits(_query.User, connection.User)
        && Fits(_query.Company, connection.Company)
        && Fits(_query.Component, connection.Component)
        && Fits(_query.ClientId, connection.ClientId)
        && (_query.Transport is null || _query.Transport == connection.Transport)
        && (_query.Connection is null || _query.Connection == connection.Id)
        && _where?.Matches(connection) != false;

    private static bool Fits(string? wanted, string? value) => wanted is null || string.Equals(wanted, value, StringComparison.Ordinal);
}
