namespace Notify;

/// <summary>What a user, company, topic, component or client id may be called.</summary>
public static class NameRules
{
    /// <summary>Longest name of a user, company, component, tenant or client id, in UTF-16 units.</summary>
    public const int LimitChars = 128;

    /// <summary>Longest topic name, in UTF-16 units.</summary>
    public const int TopicLimitChars = 256;

    /// <summary>Longest notification id, event name or collapse key, in UTF-16 units.</summary>
    public const int TokenLimitChars = 128;

    /// <summary>
    /// Null when <paramref name="name"/> is usable, else one sentence that says why it is not.
    /// Usable: 1 to <paramref name="limitChars"/> UTF-16 units, no control characters, no lone surrogates,
    /// no white space at either end.
    /// </summary>
    public static string? Check(string? name, string what, int limitChars = LimitChars)
    {
        if (string.IsNullOrEmpty(name)) return $"The {what} is empty.";
        if (name.Length > limitChars) return $"The {what} is longer than {limitChars} characters.";
        if (char.IsWhiteSpace(name[0]) || char.IsWhiteSpace(name[^1])) return $"The {what} starts or ends with white space.";
        for (int i = 0; i < name.Length; i++)
        {
            char c = name[i];
            if (char.IsControl(c)) return $"The {what} has a control character at index {i}.";
            if (!char.IsSurrogate(c)) continue;
            if (!char.IsHighSurrogate(c) || i + 1 == name.Length || !char.IsLowSurrogate(name[i + 1]))
                return $"The {what} has a lone surrogate at index {i}.";
            i++;
        }

        return null;
    }

    /// <summary>Null when usable as a tenant: as <see cref="Check"/>, and without '~', which parts tenant from name in grain keys.</summary>
    public static string? CheckTenant(string? tenant) =>
        string.IsNullOrEmpty(tenant) ? null // the single tenant
        : tenant.Contains('~', StringComparison.Ordinal) ? "The tenant contains '~'."
        : Check(tenant, "tenant");
}
