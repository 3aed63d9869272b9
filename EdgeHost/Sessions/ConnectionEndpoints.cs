using Notify.EdgeHost.Publishing;
using Notify.EdgeHost.Security;

namespace Notify.EdgeHost.Sessions;

/// <summary>/api/connections: list, count, look up and close connections over all edges.</summary>
internal sealed class ConnectionEndpoints(IGrainFactory grains)
{
    /// <summary>GET /api/connections</summary>
    public Task ListAsync(HttpContext context) => AnswerAsync(context, async (sessions, query) =>
    {
        var page = query.IsSnapshot
            ? await sessions.ListSnapshot(query.Connections, query.Page, query.Limit)
            : await sessions.List(query.Connections, query.Page, query.Limit);
        await SessionJson.WriteAsync(context.Response, page);
    });

    /// <summary>GET /api/connections/count</summary>
    public Task CountAsync(HttpContext context) => AnswerAsync(context, async (sessions, query) =>
    {
        var count = query.IsSnapshot ? await sessions.CountSnapshot(query.Connections) : await sessions.Count(query.Connections);
        await SessionJson.WriteAsync(context.Response, "count", count);
    });

    /// <summary>DELETE /api/connections</summary>
    public Task CloseManyAsync(HttpContext context) => AnswerAsync(context, async (sessions, query) =>
    {
        if (!query.IsNarrow) await RefuseAsync(context, "Say whose connections: user, company, topic, component, clientId, transport or where.");
        else if (ReadClosing(context.Request.Query, out var closing) is { } wrong) await RefuseAsync(context, wrong);
        else await SessionJson.WriteAsync(context.Response, "closed", await sessions.Close(query.Connections, closing));
    });

    /// <summary>GET /api/connections/{id}</summary>
    public Task FindAsync(HttpContext context) => SessionAnswer.TryAsync(context, async () =>
    {
        if (await SessionAnswer.IsForeignAsync(context, company: null)) return;
        var found = IdOf(context) is { } id ? await SessionsOf(context).Find(id) : null;
        if (found is null) await SessionAnswer.NotFoundAsync(context);
        else await SessionJson.WriteAsync(context.Response, found);
    });

    /// <summary>DELETE /api/connections/{id}</summary>
    public Task CloseAsync(HttpContext context) => SessionAnswer.TryAsync(context, async () =>
    {
        if (await SessionAnswer.IsForeignAsync(context, company: null)) return;
        if (ReadClosing(context.Request.Query, out var closing) is { } wrong)
        {
            await RefuseAsync(context, wrong);
            return;
        }

        var closed = IdOf(context) is { } id ? await SessionsOf(context).Close(new() { Connection = id }, closing) : new(0, []);
        if (!closed.Missing.IsEmpty) await SessionAnswer.UnavailableAsync(context);
        else if (closed.Count == 0) await SessionAnswer.NotFoundAsync(context);
        else context.Response.StatusCode = StatusCodes.Status204NoContent;
    });

    private static ConnectionId? IdOf(HttpContext context) => ConnectionId.TryParse(RouteName.Segment(context, "id", 1), out var id) ? id : null;

    private static string? ReadClosing(IQueryCollection query, out ConnectionClosing closing)
    {
        closing = new();
        bool mayReconnect = false;
        if (SessionQuery.Text(query, "reconnect") is { } word && !bool.TryParse(word, out mayReconnect)) return "'reconnect' is neither true nor false.";
        closing = new(SessionQuery.Text(query, "reason") ?? closing.Reason, mayReconnect);
        return closing.Check();
    }

    private ISessionsGrain SessionsOf(HttpContext context) => grains.GetSessions(PublisherScope.Of(context).Tenant);

    private Task AnswerAsync(HttpContext context, Func<ISessionsGrain, SessionQuery, Task> answer) =>
        SessionQuery.Read(context.Request.Query, out string? problem) is not { } query
            ? RefuseAsync(context, problem!)
            : SessionAnswer.TryAsync(context, async () =>
            {
                if (!await SessionAnswer.IsForeignAsync(context, query.Connections.Company)) await answer(SessionsOf(context), query);
            });

    private static Task RefuseAsync(HttpContext context, string problem) =>
        TypedResults.Problem(problem, statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(context);
}
