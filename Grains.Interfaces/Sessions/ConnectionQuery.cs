namespace Notify;

/// <summary>Which connections of a tenant are meant: those that meet every criterion that is set.</summary>
[GenerateSerializer, Immutable, Alias("notify.ConnectionQuery")]
public sealed record ConnectionQuery
{
    /// <summary>All connections of the tenant.</summary>
    public static ConnectionQuery All { get; } = new();

    /// <summary>Of this user.</summary>
    [Id(0)] public string? User { get; init; }

    /// <summary>Of this company's users.</summary>
    [Id(1)] public string? Company { get; init; }

    /// <summary>For this component.</summary>
    [Id(2)] public string? Component { get; init; }

    /// <summary>Subscribed to this topic; not for snapshots.</summary>
    [Id(3)] public string? Topic { get; init; }

    /// <summary>Over this transport.</summary>
    [Id(4)] public ConnectionTransport? Transport { get; init; }

    /// <summary>For which this <see cref="Filter"/> holds.</summary>
    [Id(5)] public string? Where { get; init; }

    /// <summary>With this client id.</summary>
    [Id(6)] public string? ClientId { get; init; }

    /// <summary>This one.</summary>
    [Id(7)] public ConnectionId? Connection { get; init; }

    /// <summary>Null when all names and the filter are usable, else what is wrong.</summary>
    public string? Check() =>
        (User is null ? null : NameRules.Check(User, "user"))
        ?? (Company is null ? null : NameRules.Check(Company, "company"))
        ?? (Component is null ? null : NameRules.Check(Component, "component"))
        ?? (Topic is null ? null : NameRules.Check(Topic, "topic", NameRules.TopicLimitChars))
        ?? (ClientId is null ? null : NameRules.Check(ClientId, "client id"))
        ?? (Where is null || Filter.TryParse(Where, out _, out string? wrong) ? null : wrong);
}
