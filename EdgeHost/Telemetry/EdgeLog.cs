namespace Notify.EdgeHost.Telemetry;

/// <summary>All log events of the edge. Never a payload, a token or a query string.</summary>
internal static partial class EdgeLog
{
    [LoggerMessage(2001, LogLevel.Information, "Edge {Edge} is registered and serves")]
    public static partial void Registered(ILogger logger, EdgeId edge);

    [LoggerMessage(2002, LogLevel.Warning, "The edge could not register; trying again in {Delay}")]
    public static partial void RegisterFailed(ILogger logger, TimeSpan delay, Exception failure);

    [LoggerMessage(2003, LogLevel.Warning, "Edge {Edge} lost its lease: its connections are closed and it starts anew under another id")]
    public static partial void LeaseLost(ILogger logger, EdgeId edge);

    [LoggerMessage(2004, LogLevel.Warning, "Edge {Edge} could not renew its lease; it serves as long as the lease lasts")]
    public static partial void RenewFailed(ILogger logger, EdgeId edge, Exception failure);

    [LoggerMessage(2005, LogLevel.Information, "Edge {Edge} subscribes its stream anew: {Reason}")]
    public static partial void Resubscribing(ILogger logger, EdgeId edge, string reason);

    [LoggerMessage(2006, LogLevel.Warning, "Edge {Edge} could not subscribe its stream anew; trying again")]
    public static partial void ResubscribeFailed(ILogger logger, EdgeId edge, Exception failure);

    [LoggerMessage(2007, LogLevel.Information, "Edge {Edge} drains {Count} connections")]
    public static partial void Draining(ILogger logger, EdgeId edge, int count);

    [LoggerMessage(2008, LogLevel.Information, "Edge {Edge} has ended")]
    public static partial void Ended(ILogger logger, EdgeId edge);

    [LoggerMessage(2009, LogLevel.Warning, "Edge {Edge} could not finish {Step} in time or at all")]
    public static partial void EndFailed(ILogger logger, EdgeId edge, string step, Exception failure);

    [LoggerMessage(2010, LogLevel.Error, "The delivery worker failed at one piece of work and goes on")]
    public static partial void WorkFailed(ILogger logger, Exception failure);

    [LoggerMessage(2011, LogLevel.Warning, "The call {Call} to channel {Channel} failed")]
    public static partial void ChannelCallFailed(ILogger logger, string call, ChannelId channel, Exception failure);

    [LoggerMessage(2012, LogLevel.Warning, "Channel {Channel} lost notifications before {NewStart}")]
    public static partial void HistoryLost(ILogger logger, ChannelId channel, Position newStart);

    [LoggerMessage(2013, LogLevel.Debug, "Connection {Connection} came over {Transport}")]
    public static partial void Connected(ILogger logger, ConnectionId connection, ConnectionTransport transport);

    [LoggerMessage(2014, LogLevel.Debug, "Connection {Connection} is gone; closed by the server with {Code}")]
    public static partial void Disconnected(ILogger logger, ConnectionId connection, int? code);

    [LoggerMessage(2015, LogLevel.Debug, "Connection {Connection} is closed with {Code}: {Reason}")]
    public static partial void Closing(ILogger logger, ConnectionId connection, int code, string reason);

    [LoggerMessage(2016, LogLevel.Error, "A push failed")]
    public static partial void PushFailed(ILogger logger, Exception failure);

    [LoggerMessage(2018, LogLevel.Warning, "The question {Question} about connections could not be answered")]
    public static partial void AnswerFailed(ILogger logger, EdgeQuestionKind question, Exception failure);

    [LoggerMessage(2017, LogLevel.Warning, "A push was not acknowledged")]
    public static partial void NotAcknowledged(ILogger logger, Exception failure);

    [LoggerMessage(2019, LogLevel.Error, "Serving a client failed")]
    public static partial void ServingFailed(ILogger logger, Exception failure);
}
