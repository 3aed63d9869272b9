using System.Diagnostics.CodeAnalysis;

namespace Notify;

/// <summary>
/// Names one channel: where notifications go. Made from <see cref="UserId"/>, <see cref="CompanyId"/>,
/// <see cref="TopicId"/> or <see cref="EveryoneId"/>, never by joining strings.
/// </summary>
/// <param name="Kind">The kind of channel.</param>
/// <param name="Tenant">The tenant; empty in single tenancy.</param>
/// <param name="Name">The user's, company's or topic's name; empty for everyone.</param>
[GenerateSerializer, Immutable, Alias("notify.ChannelId")]
public readonly record struct ChannelId(
    [property: Id(0)] ChannelKind Kind,
    [property: Id(1)] string Tenant,
    [property: Id(2)] string Name)
{
    /// <summary>
    /// The grain key: the bare name in single tenancy, else <c>~tenant~name</c>; one to one with (tenant, name) and never empty.
    /// </summary>
    public string Key =>
        Tenant.Length == 0 && Name.Length != 0 && Name[0] != '~' ? Name : $"~{Tenant}~{Name}";

    /// <summary>The channel of a grain key; the inverse of <see cref="Key"/>.</summary>
    /// <exception cref="FormatException">The key starts with '~' but names no tenant and name.</exception>
    public static ChannelId FromKey(ChannelKind kind, string key)
    {
        if (key.Length == 0 || key[0] != '~') return new(kind, "", key);
        int end = key.IndexOf('~', 1);
        if (end < 0) throw new FormatException($"'{key}' is not a channel key: it starts with '~' but has no second one.");
        return new(kind, key[1..end], key[(end + 1)..]);
    }

    /// <summary>The word for the kind in addresses, JSON and logs: user, company, topic, everyone.</summary>
    public string KindName => Kind switch
    {
        ChannelKind.User => "user",
        ChannelKind.Company => "company",
        ChannelKind.Topic => "topic",
        ChannelKind.Everyone => "everyone",
        _ => throw new InvalidOperationException($"Unknown channel kind {(byte)Kind}."),
    };

    /// <summary>Reads a kind's word; false when it is none.</summary>
    public static bool TryParseKind([NotNullWhen(true)] string? word, out ChannelKind kind)
    {
        kind = word switch
        {
            "user" => ChannelKind.User,
            "company" => ChannelKind.Company,
            "topic" => ChannelKind.Topic,
            "everyone" => ChannelKind.Everyone,
            _ => 0,
        };
        return kind != 0;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{KindName}/{Key}";
}
