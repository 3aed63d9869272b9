using Notify.EdgeHost.Messages;
using Notify.EdgeHost.Pages;
using Notify.EdgeHost.Publishing;
using Notify.EdgeHost.Security;
using Notify.EdgeHost.Sessions;
using Notify.EdgeHost.Telemetry;
using Notify.EdgeHost.Transports;
using Notify.Telemetry;

namespace Notify.EdgeHost;

/// <summary>Maps the addresses of an edge.</summary>
public static class NotifyEndpoints
{
    /// <summary>
    /// Maps /ws, /sse and /messages for clients, /api for services, /health, /metrics, the OpenAPI document and the pages. Everything under /api needs a
    /// publisher's key, a token with a scope for it, or the application's own policy <see cref="NotifyPolicies.Publish"/>.
    /// </summary>
    /// <param name="routes">Where.</param>
    /// <param name="shortCircuit">
    /// True: clients' and publishers' requests go from routing straight to Notify, whose own checks they pass, and no middleware behind routing
    /// (authentication, forwarded headers, rate limits, …) sees them; for an application that has none. Saves a scope of services and
    /// several objects a request. Default false.
    /// </param>
    public static IEndpointRouteBuilder MapNotify(this IEndpointRouteBuilder routes, bool shortCircuit = false)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var services = routes.ServiceProvider;
        var clients = services.GetRequiredService<ClientEndpoints>();
        var origins = services.GetRequiredService<OriginGate>();
        var receivers = routes.MapGroup("").WithMetadata(new ForClients());
        origins.Guard(receivers);
        _ = receivers.MapMethods("/ws", ["GET", "CONNECT"], clients.ServeWebSocketAsync).ExcludeFromDescription();
        _ = receivers.MapGet("/sse", clients.ServeSseAsync).ExcludeFromDescription();
        _ = receivers.MapPost("/messages", services.GetRequiredService<MessageEndpoint>().ServeAsync).ExcludeFromDescription();
        _ = routes.MapMethods("/messages", ["OPTIONS"], origins.PreflightAsync).ExcludeFromDescription();
        _ = routes.MapMethods("/sse", ["OPTIONS"], origins.PreflightAsync).ExcludeFromDescription();
        _ = routes.MapMethods("/api/{**rest}", ["OPTIONS"], origins.PreflightAsync).ExcludeFromDescription();
        _ = routes.MapGet("/demo/token", services.GetRequiredService<DemoTokens>().MintAsync).ExcludeFromDescription();

        _ = receivers.MapGet("/events", clients.ServeSseAsync).ExcludeFromDescription(); // of an older system, as /sse
        var publishers = services.GetRequiredService<PublisherGate>();
        var old = routes.MapGroup("");
        var api = routes.MapGroup("/api");
        if (shortCircuit)
        {
            foreach (var group in new[] { receivers, old, api }) _ = group.ShortCircuit();
        }

        publishers.Guard(old);
        origins.Guard(old);
        OldAddresses.Map(old.MapGroup("").Traced(), services.GetRequiredService<PushEndpoints>());

        publishers.Guard(api);
        origins.Guard(api);
        MapPush(api.MapGroup("").Needs(PublisherRights.Push).Traced(), services.GetRequiredService<PushEndpoints>());
        var grains = services.GetRequiredService<IGrainFactory>();
        api.MapGet("/history", context => HistoryEndpoint.ReadAsync(context, grains)).Needs(PublisherRights.Read).DescribeHistory();
        api.MapPost("/revocations", services.GetRequiredService<RevocationEndpoint>().RevokeAsync).Needs(PublisherRights.Manage).DescribeRevocation();

        MapSessions(api.MapGroup("").Needs(PublisherRights.Read), grains);

        routes.MapNotifyHealth();
        MetricsEndpoint.Map(routes, publishers);
        _ = routes.MapOpenApi("/openapi/{documentName}.json");
        routes.MapPages();
        return routes;
    }

    private static void MapPush(IEndpointRouteBuilder api, PushEndpoints push)
    {
        api.MapPost("/push", push.PushCanonicalAsync).DescribeCanonical();
        api.MapPost("/push/users/{user}", push.PushToUserAsync).DescribeShort("PushToUser", "Push to all connections of a user", "user");
        api.MapPost("/push/users/{user}/clients/{clientId}", push.PushToClientAsync)
            .DescribeShort("PushToClient", "Push to the connection of a user that chose a client id", "user", "clientId");
        api.MapPost("/push/companies/{company}", push.PushToCompanyAsync).DescribeShort("PushToCompany", "Push to all connections of a company's users", "company");
        api.MapPost("/push/topics/{**topic}", push.PushToTopicAsync).DescribeShort("PushToTopic", "Push to all connections subscribed to a topic", "topic");
        api.MapPost("/push/connections/{id}", push.PushToConnectionAsync).DescribeShort("PushToConnection", "Push to one connection", "id");
        api.MapPost("/push/everyone", push.PushToEveryoneAsync).DescribeShort("PushToEveryone", "Push to everyone");
    }

    private static void MapSessions(IEndpointRouteBuilder api, IGrainFactory grains)
    {
        var connections = new ConnectionEndpoints(grains);
        api.MapGet("/connections", connections.ListAsync).DescribeConnections("ListConnections", "List connections over all edges");
        api.MapGet("/connections/count", connections.CountAsync).DescribeConnections("CountConnections", "Count connections over all edges");
        api.MapDelete("/connections", connections.CloseManyAsync).Needs(PublisherRights.Manage).DescribeConnections("CloseConnections", "Close the connections of a user, a company, a topic, …");
        api.MapGet("/connections/{id}", connections.FindAsync).DescribeConnection("FindConnection", "Look up one connection");
        api.MapDelete("/connections/{id}", connections.CloseAsync).Needs(PublisherRights.Manage).DescribeConnection("CloseConnection", "Close one connection");
        var presence = new PresenceEndpoints(grains);
        api.MapGet("/users/{user}/presence", presence.OfUserAsync).DescribePresence("UserPresence", "Whether a user is online");
        api.MapGet("/companies/{company}/presence", presence.OfCompanyAsync).DescribePresence("CompanyPresence", "Who of a company is online, in pages");
    }
}
