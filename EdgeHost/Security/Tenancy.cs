namespace Notify.EdgeHost.Security;

/// <summary>Whose users the users are; the setting <c>Notify:Tenancy</c>.</summary>
public sealed class TenancyOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify";

    /// <summary>Default: one tenant.</summary>
    public Tenancy Tenancy { get; set; } = Tenancy.Single;
}

/// <summary>The kinds of tenancy.</summary>
public enum Tenancy
{
#pragma warning disable CA1720 // the setting's word
    /// <summary>One tenant; companies are groups of its users.</summary>
    Single,
#pragma warning restore CA1720

    /// <summary>Each company is a tenant: user names, topics and client ids live inside it, and nothing crosses its border.</summary>
    ByCompany,
}
