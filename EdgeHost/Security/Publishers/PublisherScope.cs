using System.Collections.Frozen;
using Microsoft.AspNetCore.Http.Features;

namespace Notify.EdgeHost.Security;

/// <summary>What a publisher may do.</summary>
[Flags]
internal enum PublisherRights
{
    None = 0,

    /// <summary>Push.</summary>
    Push = 1,

    /// <summary>Read history, connections, presence.</summary>
    Read = 2,

    /// <summary>Close connections, revoke tokens.</summary>
    Manage = 4,

    All = Push | Read | Manage,
}

/// <summary>
/// What one request's publisher may reach: the tenant, the companies, the kinds of target. Every endpoint under /api makes its channels
/// through it, so that none can name another's. Immutable.
/// </summary>
internal sealed record PublisherScope
{
    /// <summary>What it is called in logs.</summary>
    public required string Name { get; init; }

    /// <summary>What it may do.</summary>
    public PublisherRights Rights { get; init; } = PublisherRights.Push | PublisherRights.Read;

    /// <summary>Whether each company is a tenant.</summary>
    public bool IsByCompany { get; init; }

    /// <summary>The tenant that the request is about; empty in single tenancy, and for a platform key that named none.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>The companies it may reach; null: all (a platform key).</summary>
    public FrozenSet<string>? Companies { get; init; }

    /// <summary>The kinds of target, by their words; null: all.</summary>
    public FrozenSet<string>? Targets { get; init; }

    /// <summary>Whether it may reach everybody.</summary>
    public bool IsPlatform => Companies is null;

    /// <summary>
    /// The tenant whose connections it may see and close: null for all of them (a platform key that named no tenant, or single tenancy).
    /// </summary>
    public string? TenantOnly => IsByCompany && !(IsPlatform && Tenant.Length == 0) ? Tenant : null;

    /// <summary>The scope of a request under /api.</summary>
    public static PublisherScope Of(HttpContext context) => context.Features.GetRequiredFeature<PublisherScope>();

    /// <summary>The target as this publisher means it, in its tenant; or what is wrong: a refusal with 403, or with 400 where the tenant is missing.</summary>
    public PushTarget? Admit(PushTarget target, out (int Status, string Reason) refusal)
    {
        refusal = Refuse(target);
        if (refusal.Status != 0) return null;
        if (target.Connection is { } connection) return PushTarget.To(connection, TenantOnly);

        // Everyone is everyone of the platform: one channel, whatever the tenancy.
        string tenant = target.Channel.Kind == ChannelKind.Everyone ? "" : Tenant;
        return target.Channel.Tenant == tenant ? target : PushTarget.To(target.Channel with { Tenant = tenant });
    }

    /// <summary>Why connections, of a company or (null) of the whole tenant, may not be seen or closed; status 0: they may.</summary>
    public (int Status, string Reason) RefuseSessions(string? company)
    {
        if (IsByCompany && Tenant.Length == 0) return (StatusCodes.Status400BadRequest, "Name the tenant: ?tenant=");
        if (IsByCompany) return company is null || company == Tenant ? default : (StatusCodes.Status403Forbidden, "The company is another tenant.");
        bool isOwn = IsPlatform || (company is not null && Companies!.Contains(company));
        return isOwn ? default : (StatusCodes.Status403Forbidden, "This publisher may see its companies only: ?company=");
    }

    private (int Status, string Reason) Refuse(PushTarget target)
    {
        bool isConnection = target.Connection is not null;
        string kind = isConnection ? "connection" : target.Channel.KindName;
        if (Targets?.Contains(kind) == false) return (StatusCodes.Status403Forbidden, $"This publisher may not reach the kind of target '{kind}'.");
        if (!isConnection && target.Channel.Kind == ChannelKind.Everyone)
            return IsPlatform ? default : (StatusCodes.Status403Forbidden, "Everyone needs a platform key.");
        if (IsByCompany) return RefuseByCompany(target, isConnection);
        if (IsPlatform) return default;
        bool isOwn = !isConnection && target.Channel.Kind == ChannelKind.Company && Companies!.Contains(target.Channel.Name);
        return isOwn ? default : (StatusCodes.Status403Forbidden, "This publisher may reach its companies only, each as a whole.");
    }

    private (int Status, string Reason) RefuseByCompany(PushTarget target, bool isConnection)
    {
        if (isConnection && IsPlatform) return default;
        if (Tenant.Length == 0) return (StatusCodes.Status400BadRequest, "Name the tenant: ?tenant=");
        bool isForeign = !isConnection && target.Channel.Kind == ChannelKind.Company && target.Channel.Name != Tenant;
        return isForeign ? (StatusCodes.Status403Forbidden, "The company is another tenant.") : default;
    }
}
