using System.Text.Json;

namespace Notify;

/// <summary>
/// One message to the members of a channel. Immutable; the payload's bytes must not be changed after
/// they were given. Pushing the same object again, or another with the same <see cref="Id"/>, to the same
/// channel within 10 minutes is a retry: it is delivered once.
/// </summary>
[GenerateSerializer, Immutable, Alias("notify.Notification")]
public sealed record Notification
{
    /// <summary>1 to 128 characters; a fresh one by default.</summary>
    [Id(0)] public string Id { get; init; } = NewId();

    /// <summary>The event name, at most 128 characters; null when there is none.</summary>
    [Id(1)] public string? Event { get; init; }

    /// <summary>The payload as it travels; by default at most 64 KiB.</summary>
    [Id(2)] public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>What the payload's bytes are.</summary>
    [Id(3)] public PayloadKind PayloadKind { get; init; }

    /// <summary>When the channel accepted it; what a pusher sets here is overwritten.</summary>
    [Id(4)] public DateTimeOffset Time { get; init; }

    /// <summary>Not delivered from this moment on; null: never expires by itself.</summary>
    [Id(5)] public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>True: takes an offset and can be resumed. False (ephemeral): at most once, never replayed.</summary>
    [Id(6)] public bool Retain { get; init; } = true;

    /// <summary>Only members connected for this component; null: all.</summary>
    [Id(7)] public string? Component { get; init; }

    /// <summary>Only the member with this client id; null: all. Meant for user channels.</summary>
    [Id(8)] public string? ClientId { get; init; }

    /// <summary>
    /// At most 128 characters; of notifications with the same key in one replay only the newest is delivered. Null: none. Live delivery
    /// does not look at it.
    /// </summary>
    [Id(9)] public string? CollapseKey { get; init; }

    /// <summary>Only members for which this <see cref="Filter"/> holds, at the time of delivery and of replay alike; null: all.</summary>
    [Id(10)] public string? Where { get; init; }

    /// <summary>Members that do not get it; null: none.</summary>
    [Id(11)] public PushExcept? Except { get; init; }

    /// <summary>
    /// The trace that this push is part of, as W3C's traceparent; null: it is not traced. Publishers set it from their own; it is neither
    /// stored nor shown to clients.
    /// </summary>
    [Id(12)] public string? TraceParent { get; init; }

    /// <summary>A notification whose payload is <paramref name="data"/> as JSON (web defaults).</summary>
    public static Notification Json<T>(string? eventName, T data, JsonSerializerOptions? options = null) =>
        new() { Event = eventName, Payload = JsonSerializer.SerializeToUtf8Bytes(data, options ?? JsonSerializerOptions.Web) };

    /// <summary>A notification with a ready JSON value in UTF-8; it is sent as it is and not checked here.</summary>
    public static Notification RawJson(string? eventName, ReadOnlyMemory<byte> utf8Json) =>
        new() { Event = eventName, Payload = utf8Json };

    /// <summary>A notification of bytes.</summary>
    public static Notification Binary(string? eventName, ReadOnlyMemory<byte> bytes) =>
        new() { Event = eventName, Payload = bytes, PayloadKind = PayloadKind.Binary };

    /// <summary>A fresh id: 32 hexadecimal digits, ordered by time (RFC 9562 version 7).</summary>
    public static string NewId() => NotificationId.New();
}
