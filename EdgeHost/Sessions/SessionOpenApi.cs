using Microsoft.OpenApi;
using Notify.EdgeHost.Publishing;

namespace Notify.EdgeHost.Sessions;

/// <summary>What the OpenAPI document says of sessions and presence.</summary>
internal static class SessionOpenApi
{
    /// <summary>Listing, counting or closing connections.</summary>
    public static void DescribeConnections(this IEndpointConventionBuilder endpoint, string name, string summary)
    {
        OpenApiText.Describe(endpoint, name, summary, "Sessions", [StatusCodes.Status400BadRequest, StatusCodes.Status503ServiceUnavailable]);
        OpenApiText.Answers(endpoint, typeof(object), StatusCodes.Status200OK);
        _ = endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            OpenApiText.AddQuery(operation, "user", "Of this user.");
            OpenApiText.AddQuery(operation, "company", "Of this company's users.");
            OpenApiText.AddQuery(operation, "component", "For this component.");
            OpenApiText.AddQuery(operation, "topic", "Subscribed to this topic; not for snapshots.");
            OpenApiText.AddQuery(operation, "clientId", "With this client id.");
            OpenApiText.AddQuery(operation, "transport", "websocket or sse.");
            OpenApiText.AddQuery(operation, "where", "For which this filter holds.");
            if (name == "CloseConnections") AddClosing(operation);
            else OpenApiText.AddQuery(operation, "snapshot", "true: from the last snapshot, a few seconds old at most.");
            if (name != "ListConnections") return Task.CompletedTask;
            OpenApiText.AddQuery(operation, "limit", "How many, 1 to 1,000; 100 without it.");
            OpenApiText.AddQuery(operation, "page", "What the page before gave as 'next'.");
            return Task.CompletedTask;
        });
    }

    /// <summary>Looking up or closing one connection.</summary>
    public static void DescribeConnection(this IEndpointConventionBuilder endpoint, string name, string summary)
    {
        OpenApiText.Describe(endpoint, name, summary, "Sessions", [StatusCodes.Status404NotFound, StatusCodes.Status503ServiceUnavailable]);
        OpenApiText.Answers(endpoint, typeof(object), name == "CloseConnection" ? StatusCodes.Status204NoContent : StatusCodes.Status200OK);
        _ = endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            OpenApiText.AddParameters(operation, ["id"]);
            if (name == "CloseConnection") AddClosing(operation);
            return Task.CompletedTask;
        });
    }

    /// <summary>Who is online.</summary>
    public static void DescribePresence(this IEndpointConventionBuilder endpoint, string name, string summary)
    {
        bool isUser = name == "UserPresence";
        OpenApiText.Describe(endpoint, name, summary, "Sessions", [StatusCodes.Status400BadRequest, StatusCodes.Status503ServiceUnavailable]);
        OpenApiText.Answers(endpoint, typeof(object), StatusCodes.Status200OK);
        _ = endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            OpenApiText.AddParameters(operation, [isUser ? "user" : "company"]);
            if (isUser) return Task.CompletedTask;
            OpenApiText.AddQuery(operation, "limit", "How many users, 1 to 1,000; 100 without it.");
            OpenApiText.AddQuery(operation, "page", "What the page before gave as 'next'.");
            return Task.CompletedTask;
        });
    }

    private static void AddClosing(OpenApiOperation operation)
    {
        OpenApiText.AddQuery(operation, "reason", "Tells the client why.");
        OpenApiText.AddQuery(operation, "reconnect", "true: the client may come back (close code 4103); else it does not (4010).");
    }
}
