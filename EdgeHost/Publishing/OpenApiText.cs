using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Notify.EdgeHost.Publishing;

/// <summary>What the OpenAPI document says of the endpoints, which read their bodies themselves.</summary>
internal static class OpenApiText
{
    private const string ForBytes = "For application/octet-stream: ";

    private static readonly int[] PushProblems =
    [
        StatusCodes.Status400BadRequest, StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType,
        StatusCodes.Status503ServiceUnavailable,
    ];

    /// <summary>The document's head.</summary>
    public static void Describe(OpenApiOptions options) => options.AddDocumentTransformer((document, _, _) =>
    {
        document.Info = new()
        {
            Title = "Notify",
            Version = "v1",
            Description = "Push notifications to the people and programs that are connected over WebSocket (/ws) or server-sent events (/sse).",
        };
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["bearer"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A publisher's key (nk_…), or a token (JWT) with the scope notify:push, notify:read or notify:manage." },
            ["key"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-Api-Key", Description = "A publisher's key." },
        };
        document.Security =
        [
            new() { [new OpenApiSecuritySchemeReference("bearer", document)] = [] },
            new() { [new OpenApiSecuritySchemeReference("key", document)] = [] },
        ];
        return Task.CompletedTask;
    });

    /// <summary>Revoking.</summary>
    public static void DescribeRevocation(this IEndpointConventionBuilder endpoint)
    {
        Describe(endpoint, "Revoke", "Revoke a token by its id, or everything that a user was given so far", "Security", [StatusCodes.Status400BadRequest, StatusCodes.Status503ServiceUnavailable]);
        _ = endpoint.WithMetadata(new ProducesResponseTypeAttribute(typeof(void), StatusCodes.Status204NoContent));
        _ = endpoint.AddOpenApiOperationTransformer(static async (operation, context, cancellationToken) =>
        {
            AddQuery(operation, "tenant", "For a platform key: the tenant.");
            AddBody(operation, ("application/json", await SchemaAsync<RevocationBody>(context, cancellationToken)));
        });
    }

    /// <summary>A short form.</summary>
    public static void DescribeShort(this IEndpointConventionBuilder endpoint, string name, string summary, params string[] route)
    {
        bool isToConnection = route is ["id"];
        Describe(endpoint, name, summary, "Push", isToConnection ? [StatusCodes.Status404NotFound, .. PushProblems] : PushProblems);
        Answers(endpoint, typeof(PushReceiptBody), StatusCodes.Status202Accepted);
        _ = endpoint.AddOpenApiOperationTransformer(async (operation, context, cancellationToken) =>
        {
            AddParameters(operation, route);
            AddQuery(operation, "tenant", "For a platform key: the tenant, where Notify:Tenancy is ByCompany.");
            if (!isToConnection) AddQuery(operation, "component", "Only connections for this component.");
            AddQuery(operation, "event", ForBytes + "the event name.");
            AddQuery(operation, "id", ForBytes + "the notification's id.");
            AddQuery(operation, "expiresAt", ForBytes + "not delivered from then on.");
            AddQuery(operation, "collapseKey", ForBytes + "of those with the same key a returning client gets only the newest.");
            AddQuery(operation, "retain", ForBytes + "false for ephemeral.");
            AddQuery(operation, "where", ForBytes + "only connections for which this filter holds.");
            AddQuery(operation, "exceptUser", ForBytes + "not this user; may be repeated.");
            AddQuery(operation, "exceptConnection", ForBytes + "not this connection; may be repeated.");
            AddBody(operation, ("application/json", await SchemaAsync<PushBody>(context, cancellationToken)),
                ("application/octet-stream", new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" }));
        });
    }

    /// <summary>The canonical form.</summary>
    public static void DescribeCanonical(this IEndpointConventionBuilder endpoint)
    {
        Describe(endpoint, "Push", "Push one item, or a list of at most 1,000, each to its own target", "Push", [StatusCodes.Status404NotFound, .. PushProblems]);
        Answers(endpoint, typeof(PushReceiptBody), StatusCodes.Status202Accepted);
        Answers(endpoint, typeof(PushResultBody[]), StatusCodes.Status200OK);
        _ = endpoint.AddOpenApiOperationTransformer(static async (operation, context, cancellationToken) =>
        {
            var item = await SchemaAsync<PushItemBody>(context, cancellationToken);
            var list = new OpenApiSchema { Type = JsonSchemaType.Array, Items = item, MinItems = 1, MaxItems = 1000 };
            AddBody(operation, ("application/json", new OpenApiSchema { OneOf = [item, list] }));
            if (operation.Responses?.TryGetValue("200", out var results) == true) results.Description = "For a list: a result for each item, in order";
            if (operation.Responses?.TryGetValue("202", out var one) == true) one.Description = "For one item: acknowledged";
        });
    }

    /// <summary>Reading history.</summary>
    public static void DescribeHistory(this IEndpointConventionBuilder endpoint)
    {
        Describe(endpoint, "ReadHistory", "Read what a channel retained, in pages", "History", [StatusCodes.Status400BadRequest, StatusCodes.Status503ServiceUnavailable]);
        Answers(endpoint, typeof(HistoryPageBody), StatusCodes.Status200OK);
        _ = endpoint.AddOpenApiOperationTransformer(static (operation, _, _) =>
        {
            AddQuery(operation, "kind", "user, company, topic or everyone.", isRequired: true);
            AddQuery(operation, "id", "The name; none for everyone.");
            AddQuery(operation, "after", "The position after which to read; from the start of what is kept without it.");
            AddQuery(operation, "limit", "How many, 1 to 1,000; 100 without it.");
            return Task.CompletedTask;
        });
    }

    internal static void Describe(IEndpointConventionBuilder endpoint, string name, string summary, string tag, int[] problems)
    {
        // Only endpoints with a method are described; this one stands for those that read the request themselves.
        _ = endpoint.WithMetadata(((RequestDelegate)Nothing).Method);
        _ = endpoint.WithMetadata(new EndpointNameMetadata(name), new EndpointSummaryAttribute(summary), new TagsAttribute(tag));
        foreach (int status in (int[])[StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden, .. problems])
            _ = endpoint.WithMetadata(new ProducesResponseTypeAttribute(typeof(ProblemDetails), status, "application/problem+json"));

        static Task Nothing(HttpContext context) => Task.CompletedTask;
    }

    internal static void Answers(IEndpointConventionBuilder endpoint, Type body, int status) =>
        _ = endpoint.WithMetadata(new ProducesResponseTypeAttribute(body, status, "application/json"));

    private static async Task<IOpenApiSchema> SchemaAsync<T>(OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        string name = typeof(T).Name;
        var schema = await context.GetOrCreateSchemaAsync(typeof(T), null, cancellationToken);
        _ = context.Document!.AddComponent(name, schema);
        return new OpenApiSchemaReference(name, context.Document);
    }

    private static void AddBody(OpenApiOperation operation, params (string Type, IOpenApiSchema Schema)[] types)
    {
        var body = new OpenApiRequestBody { Required = true, Content = new Dictionary<string, OpenApiMediaType>() };
        foreach (var (type, schema) in types) body.Content.Add(type, new OpenApiMediaType { Schema = schema });
        operation.RequestBody = body;
    }

    internal static void AddParameters(OpenApiOperation operation, string[] route)
    {
        foreach (string name in route)
        {
            if (operation.Parameters?.Any(p => p.Name == name) == true) continue;
            (operation.Parameters ??= []).Add(new OpenApiParameter { Name = name, In = ParameterLocation.Path, Required = true, Schema = Text });
        }
    }

    internal static void AddQuery(OpenApiOperation operation, string name, string description, bool isRequired = false) =>
        (operation.Parameters ??= []).Add(new OpenApiParameter
        {
            Name = name, In = ParameterLocation.Query, Description = description, Required = isRequired, Schema = Text,
        });

    private static OpenApiSchema Text => new() { Type = JsonSchemaType.String };

    private sealed record EndpointNameMetadata(string EndpointName) : IEndpointNameMetadata;
}

/// <summary>What is revoked: one of the first two.</summary>
/// <param name="TokenId">The token's jti.</param>
/// <param name="User">The user: what was issued up to now.</param>
/// <param name="ExpiresAt">When it expires anyway; remembered as long as a token may live without it.</param>
internal sealed record RevocationBody(string? TokenId = null, string? User = null, DateTimeOffset? ExpiresAt = null);

/// <summary>A push: only <c>data</c>, or instead <c>dataBase64</c>, is required.</summary>
/// <param name="Data">The payload: any JSON value, passed on as it is.</param>
/// <param name="DataBase64">Instead of data: bytes, in base64.</param>
/// <param name="Event">The event name, at most 128 characters.</param>
/// <param name="Id">For exact retries: the same id within 10 minutes is delivered once.</param>
/// <param name="ExpiresAt">Not delivered from then on.</param>
/// <param name="Retain">False for ephemeral: at most once, never replayed.</param>
/// <param name="CollapseKey">Of those with the same key a returning client gets only the newest.</param>
/// <param name="Where">Only connections for which this filter holds, such as attributes.role == "Administrator".</param>
/// <param name="Except">Not these: connection ids, or {"kind":"user","id":"alice"}; at most 100.</param>
internal record PushBody(
    JsonElement? Data = null, string? Event = null, string? Id = null, DateTimeOffset? ExpiresAt = null, bool? Retain = true, string? CollapseKey = null,
    string? Where = null, IReadOnlyList<JsonElement>? Except = null, string? DataBase64 = null);

/// <summary>A push with its target.</summary>
/// <param name="Target">Where it goes.</param>
internal sealed record PushItemBody(
    PushTargetBody Target, JsonElement? Data = null, string? Event = null, string? Id = null, DateTimeOffset? ExpiresAt = null, bool? Retain = true,
    string? CollapseKey = null, string? Where = null, IReadOnlyList<JsonElement>? Except = null, string? DataBase64 = null);

/// <summary>Where a push goes.</summary>
/// <param name="Kind">user, company, topic, everyone or connection.</param>
/// <param name="Id">The name, or the connection's id; none for everyone.</param>
/// <param name="Component">Only connections for this component.</param>
/// <param name="ClientId">Only the user's connection with this client id.</param>
internal sealed record PushTargetBody(string Kind, string? Id = null, string? Component = null, string? ClientId = null);

/// <summary>Acknowledged.</summary>
/// <param name="Id">The notification's id.</param>
/// <param name="Position">Its position in the channel, epoch-offset; none for a push to a connection.</param>
/// <param name="Edges">How many edges it was sent to.</param>
/// <param name="Connections">How many connections they had reported.</param>
/// <param name="Repeat">This id was pushed before: the first receipt again.</param>
internal sealed record PushReceiptBody(string Id, string? Position, int Edges, int Connections, bool Repeat);

/// <summary>What became of one item of a list.</summary>
/// <param name="Status">202 with the receipt's fields; else the status and detail of the problem.</param>
internal sealed record PushResultBody(int Status, string? Id, string? Position, int? Edges, int? Connections, bool? Repeat, string? Detail);

/// <summary>A page of history.</summary>
/// <param name="Notifications">As clients get them.</param>
/// <param name="After">Where the next page starts.</param>
/// <param name="Head">The newest position.</param>
/// <param name="More">There is more to read.</param>
/// <param name="Complete">False when something after the asked position is gone.</param>
internal sealed record HistoryPageBody(IReadOnlyList<JsonElement> Notifications, string After, string Head, bool More, bool Complete);
