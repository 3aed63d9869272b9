using System.Buffers;
using System.Text.Json;
using Notify.Protocol;

namespace Notify.EdgeHost.Hooks;

/// <summary>A connection's event as CloudEvents 1.0 has it, in structured mode: one JSON document.</summary>
internal static class CloudEvent
{
    /// <summary>The media type of structured mode.</summary>
    public const string MediaType = "application/cloudevents+json";

    /// <summary>Writes the document.</summary>
    public static byte[] Write(ConnectionEvent said, bool includeAttributes)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("specversion"u8, "1.0"u8);
            json.WriteString("id"u8, said.Id);
            json.WriteString("source"u8, $"/notify/edges/{said.Connection.Id.Edge}");
            json.WriteString("type"u8, said.End is null ? "notify.connection.connected"u8 : "notify.connection.disconnected"u8);
            json.WriteString("subject"u8, said.Connection.Id.ToString());
            json.WriteString("time"u8, said.At.UtcDateTime);
            json.WriteString("datacontenttype"u8, "application/json"u8);
            json.WritePropertyName("data"u8);
            WriteData(json, said, includeAttributes);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteData(Utf8JsonWriter json, ConnectionEvent said, bool includeAttributes)
    {
        var connection = said.Connection;
        json.WriteStartObject();
        json.WriteString("connectionId"u8, connection.Id.ToString());
        json.WriteString("edge"u8, connection.Id.Edge.Value);
        if (connection.Tenant.Length > 0) json.WriteString("tenant"u8, connection.Tenant);
        json.WriteString("user"u8, connection.User);
        WriteIfAny(json, "company", connection.Company);
        WriteIfAny(json, "component", connection.Component);
        WriteIfAny(json, "clientId", connection.ClientId);
        json.WriteString("transport"u8, connection.Transport == ConnectionTransport.Sse ? "sse"u8 : "websocket"u8);
        json.WriteString("connectedAt"u8, connection.ConnectedAt.UtcDateTime);
        if (includeAttributes) WriteAttributes(json, connection);
        if (said.End is { } end)
        {
            json.WriteNumber("code"u8, end.Code);
            json.WriteString("reason"u8, end.Reason);
            json.WriteString("endedBy"u8, end.By switch { ConnectionEndedBy.Server => "server"u8, ConnectionEndedBy.Client => "client"u8, _ => "nobody"u8 });
            json.WriteString("reconnect"u8, CloseCodes.RuleOf(end.Code) switch { ReconnectRule.Never => "never"u8, ReconnectRule.Now => "now"u8, _ => "later"u8 });
        }

        json.WriteEndObject();
    }

    private static void WriteIfAny(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    /// <summary>A list, for a name may occur several times.</summary>
    private static void WriteAttributes(Utf8JsonWriter json, ClientConnection connection)
    {
        json.WriteStartArray("attributes"u8);
        foreach (var attribute in connection.Attributes)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, attribute.Name);
            json.WriteString("value"u8, attribute.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
