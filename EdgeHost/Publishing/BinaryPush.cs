namespace Notify.EdgeHost.Publishing;

/// <summary>A push of bytes: the body is the payload, the query says the rest.</summary>
internal static class BinaryPush
{
    /// <summary>Reads event, id, expiresAt, collapseKey, retain, where, exceptUser and exceptConnection from the query.</summary>
    public static PushParse Read(IQueryCollection query, ReadOnlySpan<byte> body, PublishingOptions options)
    {
        if (body.Length > options.PayloadLimitBytes) return PushFields.TooLarge(body.Length, options);
        string? id = query["id"];
        string? name = query["event"];
        if (id is not null && NameRules.Check(id, "id", NameRules.TokenLimitChars) is { } badId) return PushProblem.Bad(badId);
        if (name is not null && NameRules.Check(name, "event", NameRules.TokenLimitChars) is { } badEvent) return PushProblem.Bad(badEvent);
        string? key = query["collapseKey"];
        if (key is not null && NameRules.Check(key, "collapseKey", NameRules.TokenLimitChars) is { } badKey) return PushProblem.Bad(badKey);
        string? where = query["where"];
        if (where is not null && !Filter.TryParse(where, out _, out string? badWhere)) return PushProblem.Bad(badWhere);
        if (PushExceptFields.Read(query, out var except) is { } badExcept) return badExcept;
        DateTimeOffset? expiresAt = null;
        if ((string?)query["expiresAt"] is { } time && !PushFields.TryReadTime(time, out expiresAt)) return PushProblem.Bad(PushFields.TimeRule);
        bool retain = true;
        if ((string?)query["retain"] is { } word && !bool.TryParse(word, out retain)) return PushProblem.Bad("'retain' is neither true nor false.");
        return new(null, new()
        {
            Id = id ?? Notification.NewId(),
            Event = name,
            Payload = body.ToArray(),
            PayloadKind = PayloadKind.Binary,
            ExpiresAt = expiresAt,
            Retain = retain,
            CollapseKey = key,
            Where = where,
            Except = except,
        }, null);
    }
}
