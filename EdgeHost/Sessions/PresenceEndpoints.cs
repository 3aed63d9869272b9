using Notify.EdgeHost.Publishing;
using Notify.EdgeHost.Security;

namespace Notify.EdgeHost.Sessions;

/// <summary>Who is online.</summary>
internal sealed class PresenceEndpoints(IGrainFactory grains)
{
    /// <summary>GET /api/users/{user}/presence</summary>
    public Task OfUserAsync(HttpContext context) => SessionAnswer.TryAsync(context, async () =>
    {
        string? user = RouteName.Segment(context, "user", 2);
        if (NameRules.Check(user, "user") is { } wrong) throw new ArgumentException(wrong);
        if (await SessionAnswer.IsForeignAsync(context, company: null)) return;
        var grain = (IUserGrain)grains.GetChannel(new UserId(PublisherScope.Of(context).Tenant, user!).Channel);
        await SessionJson.WriteAsync(context.Response, user!, await grain.GetPresence());
    });

    /// <summary>GET /api/companies/{company}/presence</summary>
    public Task OfCompanyAsync(HttpContext context) => SessionAnswer.TryAsync(context, async () =>
    {
        var query = context.Request.Query;
        if (!SessionQuery.TryLimit(query, out int limit)) throw new ArgumentException($"'limit' is not a number from 1 to {ISessionsGrain.PageLimitCount}.");
        string company = RouteName.Segment(context, "company", 2) ?? "";
        if (await SessionAnswer.IsForeignAsync(context, company)) return;
        await SessionJson.WriteAsync(context.Response, await grains.GetSessions(PublisherScope.Of(context).Tenant).ListUsers(company, SessionQuery.Text(query, "page"), limit));
    });
}
