namespace Notify.Protocol;

/// <summary>The codes of error frames. Each comes with a message for people; programs read the code.</summary>
public static class ErrorCodes
{
    /// <summary>The frame is not one JSON object.</summary>
    public const string InvalidJson = "invalid_json";

    /// <summary>The frame has no known type.</summary>
    public const string UnknownType = "unknown_type";

    /// <summary>A field that this type of frame does not have.</summary>
    public const string UnknownField = "unknown_field";

    /// <summary>A field occurs twice.</summary>
    public const string DuplicateField = "duplicate_field";

    /// <summary>A field that must be there is not.</summary>
    public const string MissingField = "missing_field";

    /// <summary>A field's value is of the wrong type or breaks a limit.</summary>
    public const string InvalidField = "invalid_field";

    /// <summary>The connection would have more topics than it may have.</summary>
    public const string TooManyTopics = "too_many_topics";

    /// <summary>The connection may not subscribe to this topic.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>The token does not count, or is another user's.</summary>
    public const string BadToken = "bad_token";

    /// <summary>No handler is mapped to the message's url.</summary>
    public const string NotMapped = "not_mapped";

    /// <summary>The server does not do this yet.</summary>
    public const string NotSupported = "not_supported";

    /// <summary>The topic's channel could not be joined in time; try again.</summary>
    public const string NotJoined = "not_joined";

    /// <summary>A part of the message's url is not what its handler takes.</summary>
    public const string InvalidUrl = "invalid_url";

    /// <summary>The message's body is missing, or not what its handler takes.</summary>
    public const string InvalidBody = "invalid_body";

    /// <summary>The message's handler failed; why is known to the server alone.</summary>
    public const string HandlerFailed = "handler_failed";

    /// <summary>The message's handler took too long; it may still have an effect.</summary>
    public const string TimedOut = "timed_out";

    /// <summary>As many of the connection's messages wait for their handlers as may.</summary>
    public const string Busy = "busy";

    /// <summary>More came from this connection, its user or its address than may; the frame was not served.</summary>
    public const string RateLimited = "rate_limited";
}
