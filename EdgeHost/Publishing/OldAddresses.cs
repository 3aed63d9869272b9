using Notify.EdgeHost.Security;

namespace Notify.EdgeHost.Publishing;

/// <summary>
/// The addresses of an older system, so that its scripts go on working: <c>/push?userid=&amp;compid=&amp;message=</c> and
/// <c>/pushtoall?message=</c>, by GET or POST. The message is pushed as a JSON string.
/// </summary>
internal static class OldAddresses
{
    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes, PushEndpoints push)
    {
        string[] methods = ["GET", "POST"];
        _ = routes.MapMethods("/push", methods, context => PushAsync(context, push, isToAll: false)).Needs(PublisherRights.Push).ExcludeFromDescription();
        _ = routes.MapMethods("/pushtoall", methods, context => PushAsync(context, push, isToAll: true)).Needs(PublisherRights.Push).ExcludeFromDescription();
    }

    private static async Task PushAsync(HttpContext context, PushEndpoints push, bool isToAll)
    {
        // A GET that changes something is what pages of other sites can make a browser send, without an Origin.
        if (context.Request.Headers["Sec-Fetch-Site"] is [{ } site, ..] && site is not ("same-origin" or "none"))
        {
            await TypedResults.Problem("Pages of other sites may not push.", statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(context);
            return;
        }

        var values = context.Request.Query;
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : null;
        string? user = Text("userid"), component = Text("compid");
        if (Text("message") is not { } message)
        {
            await push.RefuseAsync(context, PushProblem.Bad("'message' is missing."));
            return;
        }

        PushTarget? target = PushTarget.Everyone();
        string? wrong = isToAll ? null : PushTargetFields.OfChannel(ChannelKind.User, user, out target) ?? PushTargetFields.Narrowing(component, null);
        if (wrong is not null) await push.RefuseAsync(context, PushProblem.Bad(wrong));
        else await push.PushAsync(context, target!, Notification.Json(null, message) with { Component = isToAll ? null : component });

        string? Text(string name) => values[name] is [{ Length: > 0 } value, ..] ? value : form?[name] is [{ Length: > 0 } field, ..] ? field : null;
    }
}
