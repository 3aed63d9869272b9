namespace Notify.Tests.Model;

/// <summary>The rules of the roster protocol that the model can leave out, one at a time, to show that each is needed.</summary>
public enum Rule
{
    /// <summary>All rules hold.</summary>
    None,

    /// <summary>A roster call that is not newer than the last applied one is ignored.</summary>
    Versions,

    /// <summary>A detached edge's version is remembered.</summary>
    Tombstones,

    /// <summary>One roster call of an edge and channel is in flight at a time.</summary>
    OneCallInFlight,

    /// <summary>What arrives before the attach is answered is held.</summary>
    HoldEarly,

    /// <summary>A member is welcomed only once the channel is joined.</summary>
    WelcomeAfterAttach,

    /// <summary>A deactivating activation tells every edge of its roster.</summary>
    DeactivationNotice,

    /// <summary>A notice may come before the answer to the attach that it concerns.</summary>
    NoticeBeforeAnswer,

    /// <summary>Attached activations are not collected when idle.</summary>
    AttachedStayActive,

    /// <summary>An unconfirmed batch is sent again.</summary>
    Resend,

    /// <summary>The edge drops what it has by sequence.</summary>
    SequenceRepeats,

    /// <summary>The edge drops what it has by position.</summary>
    PositionRepeats,

    /// <summary>A jump of positions makes the edge read what is missing.</summary>
    ReadMissing,

    /// <summary>A gap in a silo's sequence makes its attachments uncertain.</summary>
    SequenceGap,

    /// <summary>Batches for an id that the edge no longer has are not taken for the new one's.</summary>
    ObserverPerRegistration,

    /// <summary>Silos send beacons.</summary>
    Beacons,

    /// <summary>A silo that is gone or silent makes its attachments uncertain.</summary>
    SiloGone,

    /// <summary>A full outbox keeps channel → newest position.</summary>
    Heads,

    /// <summary>An edge that outslept its lease closes and takes a new id.</summary>
    LeaseSelfCheck,

    /// <summary>Edges whose lease has ended leave all rosters.</summary>
    DeadEdgesLeave,

    /// <summary>A silo asks the directory about every edge of its rosters, even one that it never sent to.</summary>
    KnowAttached,

    /// <summary>A detach is repeated when an attach that was given up may still arrive after it.</summary>
    DetachAgain,

    /// <summary>A silo that is gone is remembered for a while, so that its late batches are known.</summary>
    RememberSilos,

    /// <summary>A delivery for a channel that the edge does not hold is answered by a detach.</summary>
    UnknownChannelDetach,

    /// <summary>Every channel is attached anew once in a while.</summary>
    Audit,

    /// <summary>Who attaches again is answered with the log's own head.</summary>
    VerifyHead,

    /// <summary>Appends are conditional on the expected head: a second activation fails and steps down.</summary>
    ConditionalAppend,

    /// <summary>An append whose outcome is unknown is followed by loading the head before anything else.</summary>
    ReloadUnknown,

    /// <summary>Edges are told of a head that moved unseen.</summary>
    TellMovedHead,

    /// <summary>The ids that count as pushed before are loaded with the head.</summary>
    StoredIds,

    /// <summary>A page says when retention has pruned what was asked for.</summary>
    PrunedIsTold,

    /// <summary>A log that lost its history goes on in a new epoch.</summary>
    NewEpoch,
}
