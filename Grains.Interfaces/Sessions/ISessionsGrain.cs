namespace Notify;

/// <summary>
/// The connections of one tenant over all edges: list, count, find, close. Asks the edges that hold them; one that does not answer within
/// the time-out (2 s by default) is named in the answer instead of failing it. Get it by <see cref="SessionsGrainFactory.GetSessions"/>.
/// </summary>
[Alias("notify.ISessionsGrain")]
public interface ISessionsGrain : IGrainWithStringKey
{
    /// <summary>The most connections, or users, in one page.</summary>
    const int PageLimitCount = 1_000;

    /// <summary>A page of connections as they are now. A connection that stays is in exactly one page.</summary>
    /// <exception cref="ArgumentException">The query or the limit (1 to 1,000) is not usable.</exception>
    [Alias("List")]
    Task<ConnectionsPage> List(ConnectionQuery query, ConnectionId? after = null, int limit = 100);

    /// <summary>How many connections there are now.</summary>
    /// <exception cref="ArgumentException">The query is not usable.</exception>
    [Alias("Count")]
    Task<ConnectionsCount> Count(ConnectionQuery query);

    /// <summary>One connection; null when it is not there.</summary>
    /// <exception cref="TimeoutException">Its edge did not answer.</exception>
    [Alias("Find")]
    Task<ConnectionEntry?> Find(ConnectionId id);

    /// <summary>Closes connections; how many. Those that come meanwhile stay.</summary>
    /// <exception cref="ArgumentException">The query or the reason is not usable.</exception>
    [Alias("Close")]
    Task<ConnectionsCount> Close(ConnectionQuery query, ConnectionClosing closing);

    /// <summary>
    /// A page of the last snapshot: at most so old as the options say (5 s by default), and the cluster is asked at most once in that time,
    /// however many ask for it. One snapshot has at most 100,000 connections by default; what is beyond is missing and said so by <c>Next</c> of its last page
    /// being null while <see cref="CountSnapshot"/> says more.
    /// </summary>
    /// <exception cref="ArgumentException">The query (no topic) or the limit (1 to 1,000) is not usable.</exception>
    [Alias("ListSnapshot")]
    Task<ConnectionsPage> ListSnapshot(ConnectionQuery query, ConnectionId? after = null, int limit = 100);

    /// <summary>How many connections the last snapshot has.</summary>
    /// <exception cref="ArgumentException">The query (no topic) is not usable.</exception>
    [Alias("CountSnapshot")]
    Task<ConnectionsCount> CountSnapshot(ConnectionQuery query);

    /// <summary>A page of the users of a company who have a connection now, by name.</summary>
    /// <exception cref="ArgumentException">The company or the limit (1 to 1,000) is not usable.</exception>
    [Alias("ListUsers")]
    Task<OnlineUsersPage> ListUsers(string company, string? after = null, int limit = 100);

    /// <summary>For edges: the answer to a question.</summary>
    [Alias("Answer")]
    Task Answer(EdgeAnswer answer);
}

/// <summary>Finds the grain of a tenant's connections.</summary>
public static class SessionsGrainFactory
{
    /// <summary>The connections of a tenant; empty in single tenancy.</summary>
    public static ISessionsGrain GetSessions(this IGrainFactory grains, string tenant = "")
    {
        ArgumentNullException.ThrowIfNull(grains);
        if (NameRules.CheckTenant(tenant) is { } wrong) throw new ArgumentException(wrong, nameof(tenant));
        return grains.GetGrain<ISessionsGrain>(new EveryoneId(tenant).Channel.Key);
    }
}
