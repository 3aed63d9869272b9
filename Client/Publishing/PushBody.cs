using System.Buffers;
using System.Text.Json;

namespace Notify.Client;

/// <summary>Writes canonical push bodies; payloads are spliced in as they are.</summary>
internal static class PushBody
{
    /// <summary>One item.</summary>
    public static ReadOnlyMemory<byte> Of(PushTarget target, Notification notification)
    {
        var buffer = new ArrayBufferWriter<byte>(notification.Payload.Length + 256);
        using (var json = new Utf8JsonWriter(buffer)) Write(json, target, notification);
        return buffer.WrittenMemory;
    }

    /// <summary>A list.</summary>
    public static ReadOnlyMemory<byte> OfList(IEnumerable<PushItem> items)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var item in items) Write(json, item.Target, item.Notification);
            json.WriteEndArray();
        }

        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, PushTarget target, Notification notification)
    {
        json.WriteStartObject();
        json.WriteStartObject("target"u8);
        if (target.Connection is { } connection)
        {
            json.WriteString("kind"u8, "connection"u8);
            json.WriteString("id"u8, connection.ToString());
        }
        else
        {
            var channel = PushAddress.ChannelOf(target);
            json.WriteString("kind"u8, channel.KindName);
            if (channel.Kind != ChannelKind.Everyone) json.WriteString("id"u8, channel.Name);
        }

        if (notification.Component is { } component) json.WriteString("component"u8, component);
        if (notification.ClientId is { } clientId) json.WriteString("clientId"u8, clientId);
        json.WriteEndObject();
        json.WriteString("id"u8, notification.Id);
        if (notification.Event is { } name) json.WriteString("event"u8, name);
        if (notification.ExpiresAt is { } end) json.WriteString("expiresAt"u8, end.UtcDateTime);
        if (notification.CollapseKey is { } key) json.WriteString("collapseKey"u8, key);
        if (notification.Where is { } where) json.WriteString("where"u8, where);
        if (notification.Except is { } except) WriteExcept(json, except);
        if (!notification.Retain) json.WriteBoolean("retain"u8, false);
        if (notification.PayloadKind == PayloadKind.Binary)
        {
            json.WriteBase64String("dataBase64"u8, notification.Payload.Span);
        }
        else
        {
            json.WritePropertyName("data"u8);
            WritePayload(json, notification);
        }

        json.WriteEndObject();
    }

    private static void WriteExcept(Utf8JsonWriter json, PushExcept except)
    {
        json.WriteStartArray("except"u8);
        foreach (var connection in except.Connections) json.WriteStringValue(connection.ToString());
        foreach (string user in except.Users)
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, "user"u8);
            json.WriteString("id"u8, user);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WritePayload(Utf8JsonWriter json, Notification notification)
    {
        try
        {
            json.WriteRawValue(notification.Payload.Span); // checked here: a wrong payload would spoil the whole body
        }
        catch (JsonException failure)
        {
            throw new ArgumentException($"The payload of notification {notification.Id} is not valid JSON.", failure);
        }
    }
}
