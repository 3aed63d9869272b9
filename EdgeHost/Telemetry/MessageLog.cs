namespace Notify.EdgeHost.Telemetry;

/// <summary>The log events of clients' messages. Never a body, and of urls the pattern alone.</summary>
internal static partial class MessageLog
{
    [LoggerMessage(2201, LogLevel.Error, "The handler of messages to '{Pattern}' failed")]
    public static partial void HandlerFailed(ILogger logger, string pattern, Exception failure);

    [LoggerMessage(2202, LogLevel.Warning, "The handler of messages to '{Pattern}' took longer than {Limit}")]
    public static partial void HandlerLate(ILogger logger, string pattern, TimeSpan limit);

    [LoggerMessage(2203, LogLevel.Error, "The handler of messages to '{Pattern}' answered with {Bytes} bytes; at most {Limit} are sent")]
    public static partial void ReplyTooLarge(ILogger logger, string pattern, int bytes, int limit);

    [LoggerMessage(2204, LogLevel.Error, "A message's handler could not be looked for")]
    public static partial void NotFound(ILogger logger, Exception failure);
}
