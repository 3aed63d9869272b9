namespace Notify;

/// <summary>Names a user within a tenant.</summary>
public readonly record struct UserId(string Tenant, string Name)
{
    /// <summary>The user's channel.</summary>
    public ChannelId Channel => new(ChannelKind.User, Tenant, Name);

    /// <inheritdoc/>
    public override string ToString() => Channel.Key;
}

/// <summary>Names a company within a tenant.</summary>
public readonly record struct CompanyId(string Tenant, string Name)
{
    /// <summary>The company's channel.</summary>
    public ChannelId Channel => new(ChannelKind.Company, Tenant, Name);

    /// <inheritdoc/>
    public override string ToString() => Channel.Key;
}

/// <summary>Names a topic, such as <c>stocks/AAPL</c>, within a tenant.</summary>
public readonly record struct TopicId(string Tenant, string Name)
{
    /// <summary>The topic's channel.</summary>
    public ChannelId Channel => new(ChannelKind.Topic, Tenant, Name);

    /// <inheritdoc/>
    public override string ToString() => Channel.Key;
}

/// <summary>Names everyone of a tenant.</summary>
public readonly record struct EveryoneId(string Tenant)
{
    /// <summary>The channel of everyone.</summary>
    public ChannelId Channel => new(ChannelKind.Everyone, Tenant, "");

    /// <inheritdoc/>
    public override string ToString() => Channel.Key;
}
