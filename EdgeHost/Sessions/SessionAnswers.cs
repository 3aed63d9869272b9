using System.Collections.Immutable;
using System.Globalization;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Delivery;
using Notify.EdgeHost.Telemetry;
using Notify.Protocol;

namespace Notify.EdgeHost.Sessions;

/// <summary>
/// Answers questions about this edge's connections. The worker only copies who is a member of the channel in question; looking at each of
/// them happens beside it, so that a listing holds up no delivery.
/// </summary>
internal sealed class SessionAnswers(EdgeId edge, EdgeChannels channels, EdgeConnections connections, IGrainFactory grains, TimeSpan timeout, TimeProvider clock, ILogger logger)
{
    private const int LimitRunning = 64; // questions that are being answered; more are not: whoever asks is told that this edge is missing

    private readonly HashSet<Task> _running = [];

    /// <summary>How a connection is closed, under the worker.</summary>
    public required Action<Connection, CloseReason> Close { get; init; }

    /// <summary>Worker only: a question has come.</summary>
    public void OnQuestion(EdgeQuestion question)
    {
        _ = _running.RemoveWhere(static task => task.IsCompleted);
        if (_running.Count >= LimitRunning) return;
        var asked = Select(question);
        int closed = question.Closing is { } closing && question.Kind == EdgeQuestionKind.Close ? CloseAll(asked, question, closing) : 0;
        _ = _running.Add(Task.Run(() => AnswerAsync(question, asked, closed)));
    }

    /// <summary>Worker only: done when all answers are given.</summary>
    public Task WhenIdleAsync() => Task.WhenAll(_running);

    private int CloseAll(List<Connection> asked, EdgeQuestion question, ConnectionClosing closing)
    {
        var matcher = new ConnectionMatcher(question.Query);
        var reason = new CloseReason(closing.MayReconnect ? CloseCodes.ClosedForNow : CloseCodes.ClosedByService, closing.Reason);
        int count = 0;
        foreach (var connection in asked)
        {
            if (!matcher.Matches(connection.Entry)) continue;
            Close(connection, reason);
            count++;
        }

        return count;
    }

    // The members of the smallest channel that has all of them.
    private List<Connection> Select(EdgeQuestion question)
    {
        var query = question.Query;
        var found = new List<Connection>();
        if (query.Connection is { } id)
        {
            if (connections.TryFind(id.Local, out var one)) Add(one);
            return found;
        }

        var channel = query.Topic is { } topic ? new TopicId(question.Tenant, topic).Channel
            : query.User is { } user ? new UserId(question.Tenant, user).Channel
            : query.Company is { } company ? new CompanyId(question.Tenant, company).Channel
            : new TenantId(question.Tenant).Channel;
        foreach (var member in channels.Find(channel) is { } entry ? entry.Members.All : [])
            Add(member.Connection);
        return found;

        void Add(Connection connection)
        {
            bool isHere = connection.IsWelcomed && !connection.HasLeft && connection.ClosedBy is null;
            if (isHere && string.Equals(connection.Entry.Tenant, question.Tenant, StringComparison.Ordinal)) found.Add(connection);
        }
    }

    private async Task AnswerAsync(EdgeQuestion question, List<Connection> asked, int closed)
    {
        try
        {
            var answer = question.Kind switch
            {
                EdgeQuestionKind.List => List(question, asked),
                EdgeQuestionKind.Users => ListUsers(question, asked),
                EdgeQuestionKind.Close => new(edge, question.Number, closed, false, [], []),
                _ => new(edge, question.Number, Count(question, asked), false, [], []),
            };
            await grains.GetSessions(question.Tenant).Answer(answer).WaitAsync(timeout, clock);
        }
#pragma warning disable CA1031 // Whoever asked is told that this edge did not answer.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            EdgeLog.AnswerFailed(logger, question.Kind, failure);
        }
    }

    private static int Count(EdgeQuestion question, List<Connection> asked)
    {
        var matcher = new ConnectionMatcher(question.Query);
        return asked.Count(c => matcher.Matches(c.Entry));
    }

    private EdgeAnswer List(EdgeQuestion question, List<Connection> asked)
    {
        var matcher = new ConnectionMatcher(question.Query);
        long after = question.After is { } local && long.TryParse(local, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out long serial) ? serial : -1;
        var fit = asked.Where(c => c.Serial > after && matcher.Matches(c.Entry)).OrderBy(c => c.Serial).Take(question.Limit + 1).ToList();
        ImmutableArray<ConnectionEntry> page = [.. fit.Take(question.Limit).Select(c => c.Entry)];
        return new(edge, question.Number, page.Length, fit.Count > question.Limit, page, []);
    }

    private EdgeAnswer ListUsers(EdgeQuestion question, List<Connection> asked)
    {
        var users = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var connection in asked)
        {
            string user = connection.Entry.User;
            if (question.After is not null && string.CompareOrdinal(user, question.After) <= 0) continue;
            if (users.Count <= question.Limit || string.CompareOrdinal(user, users.Max) < 0) _ = users.Add(user);
            if (users.Count > question.Limit + 1) _ = users.Remove(users.Max!);
        }

        ImmutableArray<string> page = [.. users.Take(question.Limit)];
        return new(edge, question.Number, page.Length, users.Count > question.Limit, [], page);
    }
}
