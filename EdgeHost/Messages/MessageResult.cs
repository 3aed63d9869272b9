namespace Notify.EdgeHost;

/// <summary>What a message handler answers where a plain value does not do: an error, or a value beside errors.</summary>
public sealed class MessageResult
{
    private MessageResult(string? errorCode, string? message, object? body) => (ErrorCode, Message, Body) = (errorCode, message, body);

    /// <summary>The error's code, for programs; null: no error.</summary>
    public string? ErrorCode { get; }

    /// <summary>The error's words, for people.</summary>
    public string? Message { get; }

    /// <summary>The answer, to be written as JSON; null: none.</summary>
    public object? Body { get; }

    /// <summary>An answer; null: an empty one.</summary>
    public static MessageResult Ok(object? body = null) => new(null, null, body);

    /// <summary>An error with a code of the application's own, such as <c>out_of_stock</c>, and words that the client may see.</summary>
    public static MessageResult Error(string code, string message)
    {
        ArgumentException.ThrowIfNullOrEmpty(code);
        ArgumentNullException.ThrowIfNull(message);
        return new(code, message, null);
    }

    /// <summary>The error <c>not_found</c>.</summary>
    public static MessageResult NotFound(string message) => Error("not_found", message);

    /// <summary>The error <c>forbidden</c>.</summary>
    public static MessageResult Forbidden(string message) => Error(Protocol.ErrorCodes.Forbidden, message);

    /// <summary>The error <c>invalid_body</c>.</summary>
    public static MessageResult Invalid(string message) => Error(Protocol.ErrorCodes.InvalidBody, message);
}
