namespace Notify.Protocol;

/// <summary>The values of a frame's <c>type</c>; on SSE also the event names of all but notifications.</summary>
public static class FrameTypes
{
    /// <summary>Server: all channels are joined; everything pushed from now on arrives.</summary>
    public const string Welcome = "welcome";

    /// <summary>Server: a notification.</summary>
    public const string Notification = "notification";

    /// <summary>Server, WebSocket only: the cursor to resume with, where it moved on without a notification for this client.</summary>
    public const string Cursor = "cursor";

    /// <summary>Server: the answer to a client's frame.</summary>
    public const string Reply = "reply";

    /// <summary>Server: come back after so many milliseconds; a close follows.</summary>
    public const string Reconnect = "reconnect";

    /// <summary>Server: a client's frame could not be served; the connection lives on.</summary>
    public const string Error = "error";

    /// <summary>Server, SSE only: what the WebSocket close frame says.</summary>
    public const string Close = "close";

    /// <summary>Client: join topics.</summary>
    public const string Subscribe = "subscribe";

    /// <summary>Client: leave topics.</summary>
    public const string Unsubscribe = "unsubscribe";

    /// <summary>Client: a message for the handler mapped to its url.</summary>
    public const string Message = "message";

    /// <summary>Client: a renewed token.</summary>
    public const string Token = "token";

    /// <summary>Client: answer me.</summary>
    public const string Ping = "ping";
}
