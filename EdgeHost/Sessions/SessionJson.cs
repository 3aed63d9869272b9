using System.Collections.Immutable;
using System.Text.Json;
using Notify.EdgeHost.Publishing;

namespace Notify.EdgeHost.Sessions;

/// <summary>Connections, users and presence as JSON. The tenant stays behind.</summary>
internal static class SessionJson
{
    /// <summary>Answers with a page of connections.</summary>
    public static Task WriteAsync(HttpResponse response, ConnectionsPage page) =>
        JsonAnswer.WriteAsync(response, StatusCodes.Status200OK, page, static (json, page) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("connections"u8);
            foreach (var connection in page.Connections) Write(json, connection);
            json.WriteEndArray();
            if (page.Next is { } next) json.WriteString("next"u8, next.ToString());
            WriteMissing(json, page.Missing);
            if (page.AsOf is { } asOf) json.WriteString("asOf"u8, asOf);
            json.WriteEndObject();
        });

    /// <summary>Answers with one connection.</summary>
    public static Task WriteAsync(HttpResponse response, ConnectionEntry connection) =>
        JsonAnswer.WriteAsync(response, StatusCodes.Status200OK, connection, Write);

    /// <summary>Answers with a number under a name.</summary>
    public static Task WriteAsync(HttpResponse response, string name, ConnectionsCount count) =>
        JsonAnswer.WriteAsync(response, StatusCodes.Status200OK, (name, count), static (json, answer) =>
        {
            json.WriteStartObject();
            json.WriteNumber(answer.name, answer.count.Count);
            WriteMissing(json, answer.count.Missing);
            if (answer.count.AsOf is { } asOf) json.WriteString("asOf"u8, asOf);
            json.WriteEndObject();
        });

    /// <summary>Answers with a page of users.</summary>
    public static Task WriteAsync(HttpResponse response, OnlineUsersPage page) =>
        JsonAnswer.WriteAsync(response, StatusCodes.Status200OK, page, static (json, page) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("users"u8);
            foreach (string user in page.Users) json.WriteStringValue(user);
            json.WriteEndArray();
            if (page.Next is { } next) json.WriteString("next"u8, next);
            WriteMissing(json, page.Missing);
            json.WriteEndObject();
        });

    /// <summary>Answers with a user's presence.</summary>
    public static Task WriteAsync(HttpResponse response, string user, UserPresence presence) =>
        JsonAnswer.WriteAsync(response, StatusCodes.Status200OK, (user, presence), static (json, answer) =>
        {
            json.WriteStartObject();
            json.WriteString("user"u8, answer.user);
            json.WriteBoolean("online"u8, answer.presence.IsOnline);
            if (answer.presence.Since is { } since) json.WriteString("since"u8, since);
            json.WriteNumber("connections"u8, answer.presence.Connections);
            json.WriteEndObject();
        });

    private static void Write(Utf8JsonWriter json, ConnectionEntry connection)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, connection.Id.ToString());
        json.WriteString("user"u8, connection.User);
        if (connection.Company is { } company) json.WriteString("company"u8, company);
        if (connection.Component is { } component) json.WriteString("component"u8, component);
        if (connection.ClientId is { } clientId) json.WriteString("clientId"u8, clientId);
        json.WriteString("transport"u8, connection.Transport == ConnectionTransport.Sse ? "sse"u8 : "websocket"u8);
        json.WriteString("connectedAt"u8, connection.ConnectedAt);
        json.WriteStartObject("attributes"u8);
        foreach (var attribute in connection.Attributes.GroupBy(a => a.Name, StringComparer.Ordinal))
        {
            json.WriteStartArray(attribute.Key);
            foreach (var value in attribute) json.WriteStringValue(value.Value);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteMissing(Utf8JsonWriter json, ImmutableArray<EdgeId> missing)
    {
        json.WriteBoolean("complete"u8, missing.IsEmpty);
        if (missing.IsEmpty) return;
        json.WriteStartArray("missing"u8);
        foreach (var edge in missing) json.WriteStringValue(edge.Value);
        json.WriteEndArray();
    }
}
