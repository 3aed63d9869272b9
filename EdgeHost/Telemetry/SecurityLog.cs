namespace Notify.EdgeHost.Telemetry;

/// <summary>The log events of security. Never a token, a key, or a part of one.</summary>
internal static partial class SecurityLog
{
    [LoggerMessage(2101, LogLevel.Information, "The key set was read: {Count} keys")]
    public static partial void KeysFetched(ILogger logger, int count);

    [LoggerMessage(2102, LogLevel.Warning, "The key set could not be read; the keys known before go on to count")]
    public static partial void KeysNotFetched(ILogger logger, Exception failure);

    [LoggerMessage(2103, LogLevel.Information, "The publisher {Publisher} was refused: {Reason}")]
    public static partial void PublisherRefused(ILogger logger, string publisher, string reason);

    [LoggerMessage(2104, LogLevel.Information, "{Publisher} revoked {What}")]
    public static partial void Revoked(ILogger logger, string publisher, string what);

    [LoggerMessage(2105, LogLevel.Warning, "The revocations could not be read; those known before go on to count")]
    public static partial void RevocationsNotRead(ILogger logger, Exception failure);

    [LoggerMessage(2106, LogLevel.Warning, "Everybody who reaches this machine's loopback addresses may connect and push: no keys are set (Development)")]
    public static partial void IsOpen(ILogger logger);
}
