namespace Notify.EdgeHost.Telemetry;

/// <summary>The log events of hooks. Never a secret, nor a webhook's query string.</summary>
internal static partial class HookLog
{
    [LoggerMessage(2301, LogLevel.Error, "The hook {Hook} failed at one event")]
    public static partial void Failed(ILogger logger, string hook, Exception failure);

    [LoggerMessage(2302, LogLevel.Warning, "Too many events wait for the hook {Hook}: the oldest are dropped until it keeps up")]
    public static partial void Full(ILogger logger, string hook);

    [LoggerMessage(2303, LogLevel.Warning, "The webhook {Hook} refused an event with {Status}; it is not sent again")]
    public static partial void Refused(ILogger logger, string hook, int status);

    [LoggerMessage(2304, LogLevel.Warning, "The webhook {Hook} did not take an event in {Count} attempts; it is dropped")]
    public static partial void GivenUp(ILogger logger, string hook, int count);

    [LoggerMessage(2305, LogLevel.Debug, "The webhook {Hook} did not take an event ({Outcome}); it is sent again in {Delay}")]
    public static partial void Retrying(ILogger logger, string hook, string outcome, TimeSpan delay);
}
