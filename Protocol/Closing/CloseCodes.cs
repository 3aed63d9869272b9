namespace Notify.Protocol;

/// <summary>What a close code tells a client about connecting again.</summary>
public enum ReconnectRule
{
    /// <summary>Connecting again in the same way fails again.</summary>
    Never,

    /// <summary>Connect again after a random delay that grows with each failure.</summary>
    Later,

    /// <summary>Connect again at once and resume.</summary>
    Now,
}

/// <summary>
/// Why the server closes a connection. The hundreds say what to do: 40xx do not reconnect, 41xx reconnect later,
/// 42xx reconnect and resume now. Sent in the WebSocket close frame, and in the <c>close</c> event of SSE.
/// </summary>
public static class CloseCodes
{
    /// <summary>RFC 6455: either side is done.</summary>
    public const int Normal = 1000;

    /// <summary>RFC 6455: a frame broke the WebSocket protocol.</summary>
    public const int ProtocolError = 1002;

    /// <summary>RFC 6455: a binary message; clients send text.</summary>
    public const int UnsupportedData = 1003;

    /// <summary>RFC 6455: text that is not UTF-8.</summary>
    public const int InvalidPayload = 1007;

    /// <summary>RFC 6455: a message over the limit.</summary>
    public const int TooBig = 1009;

    /// <summary>The client keeps sending frames that cannot be understood.</summary>
    public const int BadRequest = 4000;

    /// <summary>The identity is missing or wrong.</summary>
    public const int Unauthorized = 4001;

    /// <summary>The identity may not do this.</summary>
    public const int Forbidden = 4003;

    /// <summary>The token, or everything that the user had been given, was revoked.</summary>
    public const int Revoked = 4004;

    /// <summary>The user has as many connections as one user may have.</summary>
    public const int TooManyConnections = 4008;

    /// <summary>A newer connection of the same user took over this client id.</summary>
    public const int Replaced = 4009;

    /// <summary>The application closed the connection and does not want it back.</summary>
    public const int ClosedByService = 4010;

    /// <summary>The edge is about to stop; the <c>reconnect</c> frame before it says when to come back.</summary>
    public const int Draining = 4101;

    /// <summary>The connection's channels could not be joined in time.</summary>
    public const int NotJoined = 4102;

    /// <summary>The application closed the connection; it may come back.</summary>
    public const int ClosedForNow = 4103;

    /// <summary>The token has expired: come back with a new one.</summary>
    public const int Expired = 4104;

    /// <summary>The client went on sending more than it may.</summary>
    public const int RateLimited = 4105;

    /// <summary>The client did not take its notifications fast enough: its outbox is full.</summary>
    public const int Slow = 4201;

    /// <summary>The edge lost its lease (it slept, or was cut off) and starts anew under another id.</summary>
    public const int LeaseLost = 4202;

    /// <summary>A ping was not answered in time.</summary>
    public const int Silent = 4203;

    /// <summary>What the code tells a client. Codes that are not listed count by their hundred; 1006 (no close frame) is Later.</summary>
    public static ReconnectRule RuleOf(int code) => code switch
    {
        Normal or ProtocolError or UnsupportedData or InvalidPayload or TooBig or 1008 or 1010 => ReconnectRule.Never,
        >= 4000 and < 4100 => ReconnectRule.Never,
        >= 4200 and < 4300 => ReconnectRule.Now,
        _ => ReconnectRule.Later,
    };
}
