namespace Notify;

/// <summary>Where a push goes: a channel or one connection.</summary>
public sealed record PushTarget
{
    private PushTarget()
    {
    }

    /// <summary>The channel; default when <see cref="Connection"/> is set.</summary>
    public ChannelId Channel { get; private init; }

    /// <summary>The connection; null when it goes to a channel.</summary>
    public ConnectionId? Connection { get; private init; }

    /// <summary>For a connection: it must be of this tenant, else nobody is reached; null: any.</summary>
    public string? ConnectionTenant { get; private init; }

    /// <summary>All connections of a user.</summary>
    public static PushTarget User(string name, string tenant = "") => new() { Channel = new UserId(tenant, name).Channel };

    /// <summary>All connections of a company's users.</summary>
    public static PushTarget Company(string name, string tenant = "") => new() { Channel = new CompanyId(tenant, name).Channel };

    /// <summary>All connections subscribed to a topic.</summary>
    public static PushTarget Topic(string name, string tenant = "") => new() { Channel = new TopicId(tenant, name).Channel };

    /// <summary>All connections, of all tenants.</summary>
    public static PushTarget Everyone() => new() { Channel = new EveryoneId("").Channel };

    /// <summary>One connection, if it is of the tenant (null: any).</summary>
    public static PushTarget To(ConnectionId connection, string? tenant = null) => new() { Connection = connection, ConnectionTenant = tenant };

    /// <summary>Any channel.</summary>
    public static PushTarget To(ChannelId channel) => new() { Channel = channel };
}
