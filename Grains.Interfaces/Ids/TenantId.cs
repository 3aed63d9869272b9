namespace Notify;

/// <summary>Names a tenant; empty in single tenancy.</summary>
public readonly record struct TenantId(string Name)
{
    /// <summary>
    /// The channel that all connections of the tenant are members of: everyone's in single tenancy, else that of the company which the
    /// tenant is.
    /// </summary>
    public ChannelId Channel => Name.Length == 0 ? new EveryoneId("").Channel : new CompanyId(Name, Name).Channel;
}
