using System.Buffers.Text;
using System.Text.Json;

namespace Notify.Protocol;

/// <summary>Writes the JSON of frames to clients. Payloads are spliced in as they are, without a look at them.</summary>
public static class ServerFrameWriter
{
    private static readonly JsonEncodedText Type = JsonEncodedText.Encode("type");
    private static readonly JsonEncodedText TypeNotification = JsonEncodedText.Encode(FrameTypes.Notification);
    private static readonly JsonEncodedText Channel = JsonEncodedText.Encode("channel");
    private static readonly JsonEncodedText Kind = JsonEncodedText.Encode("kind");
    private static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText PositionName = JsonEncodedText.Encode("position");
    private static readonly JsonEncodedText Event = JsonEncodedText.Encode("event");
    private static readonly JsonEncodedText Time = JsonEncodedText.Encode("time");
    private static readonly JsonEncodedText Ephemeral = JsonEncodedText.Encode("ephemeral");
    private static readonly JsonEncodedText Encoding = JsonEncodedText.Encode("encoding");
    private static readonly JsonEncodedText Data = JsonEncodedText.Encode("data");

    /// <summary>Writes a notification, its payload included; bytes as base64, marked by <c>"encoding":"base64"</c>.</summary>
    public static void WriteNotification(Utf8JsonWriter json, in NotificationFrame frame)
    {
        WriteNotificationHeader(json, frame);
        if (frame.IsBinary)
        {
            json.WriteString(Encoding, "base64"u8);
            json.WriteBase64String(Data, frame.Payload.Span);
        }
        else
        {
            json.WritePropertyName(Data);
            json.WriteRawValue(frame.Payload.Span, skipInputValidation: true);
        }

        json.WriteEndObject();
    }

    /// <summary>Writes a notification without its payload: the header of a binary message.</summary>
    public static void WriteBinaryHeader(Utf8JsonWriter json, in NotificationFrame frame)
    {
        WriteNotificationHeader(json, frame);
        json.WriteString(Encoding, "binary"u8);
        json.WriteEndObject();
    }

    /// <summary>Writes a welcome.</summary>
    public static void WriteWelcome(Utf8JsonWriter json, WelcomeFrame frame)
    {
        json.WriteStartObject();
        json.WriteString(Type, FrameTypes.Welcome);
        json.WriteString("connectionId"u8, frame.ConnectionId);
        json.WriteString("edge"u8, frame.Edge);
        WriteChannels(json, frame.Channels);
        json.WriteNumber("pingSeconds"u8, frame.PingSeconds);
        if (frame.Cursor is { } cursor) json.WriteString(FrameTypes.Cursor, cursor.ToString());
        json.WriteEndObject();
    }

    /// <summary>Writes a reply.</summary>
    public static void WriteReply(Utf8JsonWriter json, ReplyFrame frame)
    {
        json.WriteStartObject();
        json.WriteString(Type, FrameTypes.Reply);
        json.WriteString("to"u8, frame.To);
        WriteRef(json, frame.Ref);
        if (frame.Channels is { } channels) WriteChannels(json, channels);
        if (frame.Url is { } url) json.WriteString("url"u8, url);
        if (!frame.Body.IsEmpty)
        {
            json.WritePropertyName("body"u8);
            json.WriteRawValue(frame.Body.Span, skipInputValidation: true);
        }

        json.WriteEndObject();
    }

    /// <summary>Writes a renewed cursor.</summary>
    public static void WriteCursor(Utf8JsonWriter json, Cursor cursor)
    {
        json.WriteStartObject();
        json.WriteString(Type, FrameTypes.Cursor);
        json.WriteString(FrameTypes.Cursor, cursor.ToString());
        json.WriteEndObject();
    }

    /// <summary>Writes an error about a client's frame.</summary>
    public static void WriteError(Utf8JsonWriter json, in FrameError error)
    {
        json.WriteStartObject();
        json.WriteString(Type, FrameTypes.Error);
        json.WriteString("code"u8, error.Code);
        json.WriteString("message"u8, error.Message);
        WriteRef(json, error.Ref);
        if (error.Url is { } url) json.WriteString("url"u8, url);
        json.WriteEndObject();
    }

    /// <summary>Writes when to come back.</summary>
    public static void WriteReconnect(Utf8JsonWriter json, TimeSpan after)
    {
        json.WriteStartObject();
        json.WriteString(Type, FrameTypes.Reconnect);
        json.WriteNumber("afterMs"u8, (long)after.TotalMilliseconds);
        json.WriteEndObject();
    }

    /// <summary>Writes what a close frame says, for SSE.</summary>
    public static void WriteClose(Utf8JsonWriter json, int code, string reason)
    {
        json.WriteStartObject();
        json.WriteString(Type, FrameTypes.Close);
        json.WriteNumber("code"u8, code);
        json.WriteString("reason"u8, reason);
        json.WriteEndObject();
    }

    /// <summary>Writes a position's text form, <c>epoch-offset</c>; returns its length, at most 40.</summary>
    public static int FormatPosition(long epoch, long offset, Span<byte> text)
    {
        _ = Utf8Formatter.TryFormat(epoch, text, out int length);
        text[length++] = (byte)'-';
        _ = Utf8Formatter.TryFormat(offset, text[length..], out int more);
        return length + more;
    }

    private static void WriteNotificationHeader(Utf8JsonWriter json, in NotificationFrame frame)
    {
        json.WriteStartObject();
        json.WriteString(Type, TypeNotification);
        if (frame.Channel is { } channel)
        {
            json.WriteStartObject(Channel);
            json.WriteString(Kind, channel.Kind);
            json.WriteString(Id, channel.Id);
            json.WriteEndObject();
            WritePosition(json, channel);
        }

        json.WriteString(Id, frame.Id);
        if (frame.Event is { } name) json.WriteString(Event, name);
        json.WriteString(Time, frame.Time.UtcDateTime);
        if (frame.IsEphemeral) json.WriteBoolean(Ephemeral, true);
    }

    private static void WriteChannels(Utf8JsonWriter json, IReadOnlyList<WireChannel> channels)
    {
        json.WriteStartArray("channels"u8);
        foreach (var channel in channels)
        {
            json.WriteStartObject();
            json.WriteString(Kind, channel.Kind);
            json.WriteString(Id, channel.Id);
            WritePosition(json, channel);
            if (channel.Recovered is { } isRecovered) json.WriteBoolean("recovered"u8, isRecovered);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WritePosition(Utf8JsonWriter json, in WireChannel channel)
    {
        Span<byte> text = stackalloc byte[40];
        json.WriteString(PositionName, text[..FormatPosition(channel.Epoch, channel.Offset, text)]);
    }

    private static void WriteRef(Utf8JsonWriter json, ReadOnlyMemory<byte> reference)
    {
        if (reference.IsEmpty) return;
        json.WritePropertyName("ref"u8);
        json.WriteRawValue(reference.Span, skipInputValidation: true);
    }
}
