using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Delivery;

namespace Notify.EdgeHost.Resume;

/// <summary>
/// One channel's way back to live for one connection; while it lasts, the fan-out leaves the connection out. Under the delivery worker only.
/// </summary>
/// <remarks>
/// <code>
///  asked ── joined, position compared (a read where needed) ──▶ known ── welcome ──▶ behind: what is missing is replayed
///                                                                   │                   │ has all that is applied: live
///                                                                   └──▶ ahead of this edge: what comes is skipped up to there, then live
/// </code>
/// </remarks>
internal sealed class ChannelReplay(Connection connection, ChannelId channel, ResumeRequest request)
{
    /// <summary>Whose.</summary>
    public Connection Connection => connection;

    /// <summary>Of which channel.</summary>
    public ChannelId Channel => channel;

    /// <summary>What was asked.</summary>
    public ResumeRequest Request => request;

    /// <summary>The channel's backlog; null until it is joined.</summary>
    public Backlog? Backlog { get; set; }

    /// <summary>The client has, or does not want, anything up to here.</summary>
    public Position Sent { get; set; }

    /// <summary>Whether all that was asked for is there; null: not known yet.</summary>
    public bool? Recovered { get; set; }

    /// <summary>The client was told where it is, and gets what it missed.</summary>
    public bool HasBegun { get; set; }

    /// <summary>The client has more than this edge.</summary>
    public bool IsAhead { get; set; }

    /// <summary>Waits for the next read.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>Done, or given up.</summary>
    public bool IsOver { get; set; }

    /// <summary>Waits for the joining to be answered.</summary>
    public Joining? Joining { get; set; }

    /// <summary>When too much waited for a client that was live; null: it returns.</summary>
    public TimeSpan? LagsSince { get; init; }

    /// <summary>Where it was at the last ping: who makes no progress is closed.</summary>
    public Position LastSeen { get; set; }
}
