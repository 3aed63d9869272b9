using System.Collections.Immutable;

namespace Notify;

/// <summary>What every kind of channel can do. The grain key is <see cref="ChannelId.Key"/>.</summary>
[Alias("notify.IChannelGrain")]
public interface IChannelGrain : IGrainWithStringKey
{
    /// <summary>
    /// Pushes one notification to the channel's members. Idempotent by notification id for 10 minutes.
    /// Pushes that are under way at the same time keep the order in which they arrived.
    /// </summary>
    /// <exception cref="ArgumentException">A field breaks its limit.</exception>
    /// <exception cref="NotAcknowledgedException">It could not be stored; try again with the same id.</exception>
    [Alias("Push")]
    Task<PushReceipt> Push(Notification notification);

    /// <summary>Pushes several, in order, as one commit; a receipt for each, in order. At most 1,000.</summary>
    /// <exception cref="ArgumentException">A field breaks its limit; nothing was pushed.</exception>
    /// <exception cref="NotAcknowledgedException">Some may be stored; try again with the same ids.</exception>
    [Alias("PushMany")]
    Task<ImmutableArray<PushReceipt>> PushMany(ImmutableArray<Notification> notifications);

    /// <summary>For edges: take this edge into the roster, or change what it reported.</summary>
    [Alias("Attach")]
    Task<AttachResult> Attach(AttachRequest request);

    /// <summary>For edges: take this edge out of the roster.</summary>
    [Alias("Detach")]
    Task Detach(DetachRequest request);

    /// <summary>For silos: the edge's lease has ended; take it out of the roster for good.</summary>
    [Alias("EdgeGone")]
    Task EdgeGone(EdgeId edge);

    /// <summary>Reads a page of what is retained.</summary>
    [Alias("Read")]
    Task<ChannelPage> Read(ChannelRead request);

    /// <summary>The head and the roster.</summary>
    [Alias("GetStatus")]
    Task<ChannelStatus> GetStatus();
}

/// <summary>A user: all their connections. Key: <see cref="UserId"/>; in single tenancy just the name.</summary>
[Alias("notify.IUserGrain")]
public interface IUserGrain : IChannelGrain
{
    /// <summary>The user's connections on all edges, oldest first; at most as many as one user may have (100 by default).</summary>
    [Alias("GetConnections")]
    Task<ImmutableArray<ConnectionEntry>> GetConnections();

    /// <summary>Whether the user is online.</summary>
    [Alias("GetPresence")]
    Task<UserPresence> GetPresence();
}

/// <summary>A company: the connections of its users. Key: <see cref="CompanyId"/>.</summary>
[Alias("notify.ICompanyGrain")]
public interface ICompanyGrain : IChannelGrain;

/// <summary>A topic: the connections subscribed to it. Key: <see cref="TopicId"/>.</summary>
[Alias("notify.ITopicGrain")]
public interface ITopicGrain : IChannelGrain;

/// <summary>Everyone of a tenant. Key: <see cref="EveryoneId"/>; in single tenancy <see cref="SingleTenantKey"/>.</summary>
[Alias("notify.IEveryoneGrain")]
public interface IEveryoneGrain : IChannelGrain
{
    /// <summary>The key of everyone in single tenancy.</summary>
    const string SingleTenantKey = "~~";
}
