using System.ComponentModel.DataAnnotations;

namespace Notify.EdgeHost.Messages;

/// <summary>How messages from clients are handled; settings under <c>Notify:Messages</c>.</summary>
public sealed class MessageOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Messages";

    /// <summary>Messages of one connection that may wait for their handlers; default 64. One more is answered with the error <c>busy</c>.</summary>
    [Range(1, 10_000)]
    public int WaitingLimitCount { get; set; } = 64;

    /// <summary>How long a handler may take before its token is cancelled and the client gets the error <c>timed_out</c>; default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan HandlerTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest answer, in bytes of JSON; default 64 KiB. A larger one is logged and answered with the error <c>handler_failed</c>.</summary>
    [Range(128, 1 << 24)]
    public int ReplyLimitBytes { get; set; } = 64 * 1024;

    /// <summary>Threads on which handlers run at most; default 16. A handler that awaits takes none.</summary>
    [Range(1, 1000)]
    public int ThreadsLimitCount { get; set; } = 16;
}
