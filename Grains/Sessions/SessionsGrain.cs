using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Notify.Grains.Edges;
using Notify.Grains.Telemetry;
using Orleans.Concurrency;

namespace Notify.Grains.Sessions;

/// <summary>Asks the edges that a channel's roster names: the user's, the topic's, the company's, or everyone's. Keeps nothing but the last snapshot.</summary>
[Reentrant]
internal sealed class SessionsGrain : Grain, ISessionsGrain
{
    private readonly EdgeInquiry _inquiry;
    private readonly SessionListOptions _options;
    private readonly MonotonicClock _clock;
    private readonly SiloMetrics _metrics;
    private readonly string _tenant;
    private Task<SessionSnapshot>? _snapshot; // the last, or the one being made
    private DateTimeOffset _snapshotAt;

    public SessionsGrain(EdgeOutboxes outboxes, TimeProvider time, MonotonicClock clock, IOptions<SessionListOptions> options, SiloMetrics metrics)
    {
        _options = options.Value;
        _clock = clock;
        _metrics = metrics;
        _inquiry = new(outboxes, time, _options.AnswerTimeout);
        _tenant = ChannelId.FromKey(ChannelKind.Everyone, this.GetPrimaryKeyString()).Tenant;
    }

    /// <inheritdoc/>
    public async Task<ConnectionsPage> List(ConnectionQuery query, ConnectionId? after, int limit)
    {
        Check(query, limit);
        return await SessionSweep.ListAsync(_inquiry, _tenant, query, await EdgesOfAsync(query), after, limit);
    }

    /// <inheritdoc/>
    public Task<ConnectionsCount> Count(ConnectionQuery query) => AddUpAsync(query, EdgeQuestionKind.Count, null);

    /// <inheritdoc/>
    public async Task<ConnectionEntry?> Find(ConnectionId id)
    {
        var page = await List(new() { Connection = id }, null, 1);
        if (!page.Missing.IsEmpty) throw new TimeoutException($"Edge {id.Edge} did not answer.");
        return page.Connections.FirstOrDefault();
    }

    /// <inheritdoc/>
    public Task<ConnectionsCount> Close(ConnectionQuery query, ConnectionClosing closing)
    {
        ArgumentNullException.ThrowIfNull(closing);
        if (closing.Check() is { } wrong) throw new ArgumentException(wrong);
        return AddUpAsync(query, EdgeQuestionKind.Close, closing);
    }

    /// <inheritdoc/>
    public async Task<ConnectionsPage> ListSnapshot(ConnectionQuery query, ConnectionId? after, int limit)
    {
        CheckSnapshot(query, limit);
        return (await SnapshotAsync()).List(query, after, limit);
    }

    /// <inheritdoc/>
    public async Task<ConnectionsCount> CountSnapshot(ConnectionQuery query)
    {
        CheckSnapshot(query, 1);
        return (await SnapshotAsync()).Count(query);
    }

    /// <inheritdoc/>
    public async Task<OnlineUsersPage> ListUsers(string company, string? after, int limit)
    {
        var query = new ConnectionQuery { Company = company ?? "" };
        Check(query, limit);
        var edges = await EdgesOfAsync(query);
        var answers = await _inquiry.AskAsync(
            edges, _ => new() { Kind = EdgeQuestionKind.Users, Number = 0, Tenant = _tenant, Query = query, After = after, Limit = limit });
        string[] users = [.. answers.SelectMany(a => a?.Users ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

        // What lies beyond the end of an edge's own page may be preceded by users whom that edge did not name.
        bool hasMore = users.Length > limit || answers.Any(a => a?.HasMore == true);
        ImmutableArray<string> page = [.. users.Take(limit)];
        return new(page, hasMore ? page[^1] : null, MissingOf(edges, answers));
    }

    /// <inheritdoc/>
    public Task Answer(EdgeAnswer answer)
    {
        _inquiry.Answer(answer);
        return Task.CompletedTask;
    }

    private async Task<ConnectionsCount> AddUpAsync(ConnectionQuery query, EdgeQuestionKind kind, ConnectionClosing? closing)
    {
        Check(query, 1);
        var edges = await EdgesOfAsync(query);
        var answers = await _inquiry.AskAsync(edges, _ => new() { Kind = kind, Number = 0, Tenant = _tenant, Query = query, Closing = closing });
        return new(answers.Sum(a => (long)(a?.Count ?? 0)), MissingOf(edges, answers));
    }

    private Task<SessionSnapshot> SnapshotAsync()
    {
        // One that failed is not asked for again before its time either.
        if (_snapshot is { } last && (!last.IsCompleted || _clock.Now - _snapshotAt < _options.SnapshotAge)) return last;
        _snapshotAt = _clock.Now;
        return _snapshot = TakeSnapshotAsync();
    }

    private async Task<SessionSnapshot> TakeSnapshotAsync()
    {
        _metrics.Swept();
        var asOf = _clock.Now;
        var all = await SessionSweep.ListAllAsync(_inquiry, _tenant, await EdgesOfAsync(ConnectionQuery.All), _options.SnapshotLimitCount);
        return new(asOf, all.Connections, all.Missing);
    }

    private async Task<IReadOnlyList<EdgeId>> EdgesOfAsync(ConnectionQuery query)
    {
        if (query.Connection is { } connection) return [connection.Edge];
        var channel = query.User is { } user ? new UserId(_tenant, user).Channel
            : query.Topic is { } topic ? new TopicId(_tenant, topic).Channel
            : query.Company is { } company ? new CompanyId(_tenant, company).Channel
            : new TenantId(_tenant).Channel;
        var status = await GrainFactory.GetChannel(channel).GetStatus();
        return [.. status.Edges.Select(e => e.Edge)];
    }

    private static ImmutableArray<EdgeId> MissingOf(IReadOnlyList<EdgeId> edges, EdgeAnswer?[] answers) =>
        [.. edges.Where((_, i) => answers[i] is null)];

    private static void Check(ConnectionQuery query, int limit)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Check() is { } wrong) throw new ArgumentException(wrong);
        if (limit is < 1 or > ISessionsGrain.PageLimitCount) throw new ArgumentException($"The limit is not from 1 to {ISessionsGrain.PageLimitCount}.");
    }

    private static void CheckSnapshot(ConnectionQuery query, int limit)
    {
        Check(query, limit);
        if (query.Topic is not null) throw new ArgumentException("A snapshot does not know topics.");
    }
}
