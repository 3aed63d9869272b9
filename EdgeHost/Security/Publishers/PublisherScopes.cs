namespace Notify.EdgeHost.Security;

/// <summary>The words of a publisher's token in its scope claim.</summary>
internal static class PublisherScopes
{
    /// <summary>Reaches all tenants.</summary>
    public const string Platform = "notify:platform";

    /// <summary>The right that a word of the claim gives.</summary>
    public static PublisherRights RightOf(string word) => word switch
    {
        "notify:push" => PublisherRights.Push,
        "notify:read" => PublisherRights.Read,
        "notify:manage" => PublisherRights.Manage,
        _ => PublisherRights.None,
    };

    /// <summary>The right that a word of the settings means; null: none.</summary>
    public static PublisherRights? OfSetting(string word) => word.ToLowerInvariant() switch
    {
        "push" => PublisherRights.Push,
        "read" => PublisherRights.Read,
        "manage" => PublisherRights.Manage,
        _ => null,
    };
}
