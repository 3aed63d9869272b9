namespace Notify.EdgeHost.Security;

/// <summary>What a client's identity grants and for how long; replaced as a whole when its token is renewed. Immutable.</summary>
internal sealed record ClientGrant
{
    /// <summary>Everything, for ever: where nobody has to say who he is.</summary>
    public static ClientGrant Open { get; } = new();

    /// <summary>For ever, but no topic.</summary>
    public static ClientGrant WithoutTopics { get; } = new() { Topics = TopicPatterns.None };

    /// <summary>The topics that may be subscribed to.</summary>
    public TopicPatterns Topics { get; init; } = TopicPatterns.All;

    /// <summary>When the identity ends; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When the identity was issued; null: it does not say.</summary>
    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>The token's id (jti); null: it has none.</summary>
    public string? TokenId { get; init; }
}
