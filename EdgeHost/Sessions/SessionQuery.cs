using System.Globalization;

namespace Notify.EdgeHost.Sessions;

/// <summary>What the query string of a listing says.</summary>
internal sealed record SessionQuery(ConnectionQuery Connections, ConnectionId? Page, int Limit, bool IsSnapshot)
{
    private const int DefaultLimit = 100;
    private static readonly string[] Known = ["user", "company", "component", "topic", "clientId", "transport", "where", "limit", "page", "snapshot", "reason", "reconnect", "tenant"];

    /// <summary>Whether it has any criterion.</summary>
    public bool IsNarrow => Connections != ConnectionQuery.All;

    /// <summary>Reads it; the problem if something is unknown or wrong.</summary>
    public static SessionQuery? Read(IQueryCollection query, out string? problem)
    {
        problem = query.Keys.FirstOrDefault(k => !Known.Contains(k)) is { } unknown ? $"The parameter '{unknown}' is unknown." : null;
        if (problem is not null) return null;
        ConnectionTransport? transport = null;
        if (Text(query, "transport") is { } word && (transport = TransportOf(word)) is null)
        {
            problem = "'transport' is neither 'websocket' nor 'sse'.";
            return null;
        }

        ConnectionId? page = null;
        if (Text(query, "page") is { } after)
        {
            if (!ConnectionId.TryParse(after, out var last))
            {
                problem = "'page' is not what a page gave as 'next'.";
                return null;
            }

            page = last;
        }

        bool isSnapshot = false;
        if (Text(query, "snapshot") is { } flag && !bool.TryParse(flag, out isSnapshot)) problem = "'snapshot' is neither true nor false.";
        if (!TryLimit(query, out int limit)) problem ??= $"'limit' is not a number from 1 to {ISessionsGrain.PageLimitCount}.";
        var connections = new ConnectionQuery
        {
            User = Text(query, "user"), Company = Text(query, "company"), Component = Text(query, "component"), Topic = Text(query, "topic"),
            ClientId = Text(query, "clientId"), Where = Text(query, "where"), Transport = transport,
        };
        if (isSnapshot && connections.Topic is not null) problem ??= "A snapshot does not know topics.";
        problem ??= connections.Check();
        return problem is null ? new(connections, page, limit, isSnapshot) : null;
    }

    /// <summary>Reads the limit of a page; 100 without it.</summary>
    public static bool TryLimit(IQueryCollection query, out int limit)
    {
        limit = DefaultLimit;
        return Text(query, "limit") is not { } text
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= ISessionsGrain.PageLimitCount);
    }

    /// <summary>The first value of a parameter; null when it is not there.</summary>
    public static string? Text(IQueryCollection query, string name) => query[name] is [{ } value, ..] ? value : null;

    private static ConnectionTransport? TransportOf(string word) => word switch
    {
        "websocket" => ConnectionTransport.WebSocket,
        "sse" => ConnectionTransport.Sse,
        _ => null,
    };
}
