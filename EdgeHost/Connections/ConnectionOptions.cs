using System.ComponentModel.DataAnnotations;

namespace Notify.EdgeHost.Connections;

/// <summary>What a client's connection may cost; settings under <c>Notify:Connections</c>.</summary>
public sealed class ConnectionOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Connections";

    /// <summary>
    /// What may wait for one client, in bytes; default 1 MiB. An ephemeral notification that does not fit is dropped; from a retained one
    /// on the client is served from the log as it makes room, for at most <see cref="CatchUpTimeout"/>.
    /// </summary>
    [Range(16 * 1024, 1 << 30)]
    public int OutboxLimitBytes { get; set; } = 1 << 20;

    /// <summary>
    /// How long a client for which too much waits may take to come to what is newest, before the connection is closed with
    /// <see cref="Notify.Protocol.CloseCodes.Slow"/>; default 5 s. Zero: closed at once.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan CatchUpTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Topics that one connection may be subscribed to; default 64.</summary>
    [Range(0, 1000)]
    public int TopicsLimitCount { get; set; } = 64;

    /// <summary>The longest message from a client, in bytes; default 16 KiB.</summary>
    [Range(128, 1 << 24)]
    public int MessageLimitBytes { get; set; } = 16 * 1024;

    /// <summary>Frames that cannot be understood within one ping interval before the connection is closed; default 32.</summary>
    [Range(1, 1_000_000)]
    public int BadFramesLimitCount { get; set; } = 32;

    /// <summary>
    /// How often a connection is pinged; default 25 s, whole seconds. Who takes nothing of what is being written (32 KiB or one
    /// notification) in all that time is closed with <see cref="Notify.Protocol.CloseCodes.Slow"/>.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:10:00")]
    public TimeSpan PingEvery { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long a WebSocket client may take to answer a ping; default 10 s, shorter than <see cref="PingEvery"/>, whole seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:09:59")]
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long joining the channels may take before the connection is closed with "later"; default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan JoinTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a client may take to take its last bytes and to answer a close; default 5 s, then it is cut off.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How soon an EventSource comes back by itself; default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan SseRetry { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether clients are served below HTTP on endpoints prepared by <see cref="NotifyConnections"/>; default true. False where the
    /// application's middlewares have to see them, or to compare.
    /// </summary>
    public bool BelowHttp { get; set; } = true;

    /// <summary>
    /// Whether what goes to clients is sent straight to the connection's socket where that is plain TCP (Linux, HTTP/1.1); default true, at a
    /// fraction of the cost. False where a connection middleware beside TLS changes the bytes, or has to see them.
    /// </summary>
    public bool StraightToSocket { get; set; } = true;
}
