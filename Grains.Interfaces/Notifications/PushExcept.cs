using System.Collections.Immutable;

namespace Notify;

/// <summary>Who of a channel's members does not get a notification: "all but some". At most <see cref="LimitCount"/> in all.</summary>
[GenerateSerializer, Immutable, Alias("notify.PushExcept")]
public sealed record PushExcept
{
    /// <summary>The most entries.</summary>
    public const int LimitCount = 100;

    /// <summary>These connections; never default. Others of the same user get it.</summary>
    [Id(0)] public ImmutableArray<ConnectionId> Connections { get; init; } = [];

    /// <summary>All connections of these users of the channel's tenant; never default.</summary>
    [Id(1)] public ImmutableArray<string> Users { get; init; } = [];

    /// <summary>Null when it keeps all limits, else which one it breaks.</summary>
    public string? Check()
    {
        if (Connections.IsDefault || Users.IsDefault) return "A list of those excepted is missing.";
        if (Connections.Length + Users.Length > LimitCount) return $"More than {LimitCount} are excepted.";
        foreach (string user in Users)
        {
            if (NameRules.Check(user, "excepted user") is { } wrong) return wrong;
        }

        return null;
    }
}
