using System.Runtime.InteropServices;
using System.Text.Json;
using Notify.Protocol;

namespace Notify.Client;

/// <summary>A frame from an edge, as far as a receiving client needs it.</summary>
internal sealed record ServerFrame(string Type)
{
    /// <summary>For a notification.</summary>
    public ReceivedNotification? Notification { get; private init; }

    /// <summary>For a welcome.</summary>
    public string? ConnectionId { get; private init; }

    /// <summary>For a welcome and cursor: what to resume with.</summary>
    public string? Cursor { get; private init; }

    /// <summary>For a welcome: its channels that were resumed, and whether all that was missed is there.</summary>
    public IReadOnlyList<(ChannelId Channel, bool Recovered)> Resumed { get; private init; } = [];

    /// <summary>For reconnect.</summary>
    public TimeSpan After { get; private init; }

    /// <summary>For close (SSE).</summary>
    public int CloseCode { get; private init; }

    /// <summary>For reply and error: the ref of what it answers, without quotes; null: none.</summary>
    public string? Ref { get; private init; }

    /// <summary>For a reply to a message: the handler's answer; null: an empty one.</summary>
    public JsonElement? Body { get; private init; }

    /// <summary>For error.</summary>
    public string? Code { get; private init; }

    /// <summary>For close (SSE) and error.</summary>
    public string? Text { get; private init; }

    /// <summary>Reads a JSON frame; for a binary message its header, with the payload beside it.</summary>
    public static ServerFrame Read(ReadOnlyMemory<byte> json, ReadOnlyMemory<byte>? payload = null)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        string type = root.GetProperty("type").GetString()!;
        return type switch
        {
            FrameTypes.Notification => new(type) { Notification = NotificationOf(root, payload) },
            FrameTypes.Welcome => new(type) { ConnectionId = root.GetProperty("connectionId").GetString(), Cursor = CursorOf(root), Resumed = ResumedOf(root) },
            FrameTypes.Cursor => new(type) { Cursor = CursorOf(root) },
            FrameTypes.Reconnect => new(type) { After = TimeSpan.FromMilliseconds(root.GetProperty("afterMs").GetInt64()) },
            FrameTypes.Close => new(type) { CloseCode = root.GetProperty("code").GetInt32(), Text = root.GetProperty("reason").GetString() },
            FrameTypes.Error => new(type) { Text = root.GetProperty("message").GetString(), Code = root.GetProperty("code").GetString(), Ref = RefOf(root) },
            FrameTypes.Reply => new(type) { Ref = RefOf(root), Body = root.TryGetProperty("body", out var body) ? body.Clone() : null },
            _ => new(type),
        };
    }

    private static ReceivedNotification NotificationOf(JsonElement root, ReadOnlyMemory<byte>? payload)
    {
        bool isBinary = root.TryGetProperty("encoding", out _);
        return new()
        {
            Id = root.GetProperty("id").GetString()!,
            Channel = root.TryGetProperty("channel", out var channel) ? ChannelOf(channel) : default,
            Position = root.TryGetProperty("position", out var text) && Position.TryParse(text.GetString(), out var position) ? position : default,
            Event = root.TryGetProperty("event", out var name) ? name.GetString() : null,
            Time = root.GetProperty("time").GetDateTimeOffset(),
            IsEphemeral = root.TryGetProperty("ephemeral", out var ephemeral) && ephemeral.GetBoolean(),
            PayloadKind = isBinary ? PayloadKind.Binary : PayloadKind.Json,
            Payload = payload ?? (isBinary ? root.GetProperty("data").GetBytesFromBase64() : JsonMarshal.GetRawUtf8Value(root.GetProperty("data")).ToArray()),
        };
    }

    private static string? RefOf(JsonElement root) => root.TryGetProperty("ref", out var reference) ? reference.ToString() : null;

    private static string? CursorOf(JsonElement root) => root.TryGetProperty(FrameTypes.Cursor, out var cursor) ? cursor.GetString() : null;

    private static List<(ChannelId Channel, bool Recovered)> ResumedOf(JsonElement root)
    {
        var resumed = new List<(ChannelId, bool)>();
        foreach (var channel in root.GetProperty("channels").EnumerateArray())
        {
            if (channel.TryGetProperty("recovered", out var recovered)) resumed.Add((ChannelOf(channel), recovered.GetBoolean()));
        }

        return resumed;
    }

    private static ChannelId ChannelOf(JsonElement json) =>
        ChannelId.TryParseKind(json.GetProperty("kind").GetString(), out var kind) ? new(kind, "", json.GetProperty("id").GetString()!) : default;
}
