namespace Notify.EdgeHost;

/// <summary>Who ended a connection.</summary>
public enum ConnectionEndedBy
{
    /// <summary>The edge closed it; the code says why (slow, draining, replaced, …).</summary>
    Server,

    /// <summary>The client closed it, with its own code.</summary>
    Client,

    /// <summary>It broke off without a word. Clients over SSE always leave like this.</summary>
    Nobody,
}

/// <summary>How a connection ended.</summary>
/// <param name="Code">A close code (docs/protocol.md); 1006 when it broke off.</param>
/// <param name="Reason">In a word or two; may be empty.</param>
/// <param name="By">Who ended it.</param>
/// <param name="At">When (UTC, by the edge's clock).</param>
public sealed record ConnectionEnd(int Code, string Reason, ConnectionEndedBy By, DateTimeOffset At);
