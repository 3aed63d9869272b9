using System.Collections.Immutable;

namespace Notify;

/// <summary>
/// An edge says that it has members of a channel. It is the whole truth about that edge, not a change to it.
/// Repeating it is harmless: only a version newer than the last applied one counts.
/// </summary>
/// <param name="Edge">The edge.</param>
/// <param name="Version">Grows with every roster call of this edge about this channel.</param>
/// <param name="MemberCount">How many connections of that edge are members; at least 1.</param>
/// <param name="Connections">For a user's channel the connections themselves, oldest first; else empty.</param>
/// <param name="VerifyHead">
/// True for an edge that attaches again and holds a position: the head is read from the log before it is answered, because another
/// activation may have appended what this one does not know.
/// </param>
[GenerateSerializer, Immutable, Alias("notify.AttachRequest")]
public sealed record AttachRequest(
    [property: Id(0)] EdgeId Edge,
    [property: Id(1)] long Version,
    [property: Id(2)] int MemberCount,
    [property: Id(3)] ImmutableArray<ConnectionEntry> Connections,
    [property: Id(4)] bool VerifyHead = false);

/// <summary>What came of an attach. The numbers are sent: never renumber.</summary>
public enum AttachOutcome : byte
{
    /// <summary>The edge is in the roster: everything after <see cref="AttachResult.Head"/> will be sent to it.</summary>
    Attached = 1,

    /// <summary>A call as new or newer was applied before; this one changed nothing.</summary>
    Stale = 2,

    /// <summary>The edge's lease is known to have ended; it must register under a new id.</summary>
    EdgeGone = 3,
}

/// <summary>The answer to an attach.</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Silo">The silo on which the channel's activation runs.</param>
/// <param name="Activation">The activation that answered; its notice of deactivation names it again.</param>
/// <param name="Head">The position of the newest retained notification when the edge entered the roster.</param>
/// <param name="Refused">Connections over the limit per user, newest first refused; the edge closes them.</param>
[GenerateSerializer, Immutable, Alias("notify.AttachResult")]
public sealed record AttachResult(
    [property: Id(0)] AttachOutcome Outcome,
    [property: Id(1)] string Silo,
    [property: Id(2)] string Activation,
    [property: Id(3)] Position Head,
    [property: Id(4)] ImmutableArray<ConnectionId> Refused);

/// <summary>An edge says that it has no members of a channel any more. Same rule of versions as for <see cref="AttachRequest"/>.</summary>
[GenerateSerializer, Immutable, Alias("notify.DetachRequest")]
public sealed record DetachRequest(
    [property: Id(0)] EdgeId Edge,
    [property: Id(1)] long Version);
