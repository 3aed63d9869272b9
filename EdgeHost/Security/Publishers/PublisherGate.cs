using System.Collections.Frozen;
using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Notify.EdgeHost.Telemetry;

namespace Notify.EdgeHost.Security;

/// <summary>
/// Stands before every endpoint under /api: finds the publisher's scope, by its key, its token, the application's own policy, or in
/// Development without keys by being on this machine; else answers 401 or 403.
/// </summary>
internal sealed class PublisherGate(
    PublisherKeys keys,
    TokenAuthentication tokens,
    IServiceProvider services,
    IOptionsMonitor<PublisherOptions> publishers,
    IOptions<IdentityOptions> identities,
    IOptions<TenancyOptions> tenancy,
    Revocations revocations,
    ILogger<PublisherGate> logger)
{
    private const string TenantQuery = "tenant";

    private readonly bool _isByCompany = tenancy.Value.Tenancy == Tenancy.ByCompany;
    private readonly PublisherScope _development =
        new() { Name = "development", Rights = PublisherRights.All, IsByCompany = tenancy.Value.Tenancy == Tenancy.ByCompany };

    /// <summary>Puts the gate before all endpoints of a group.</summary>
    public void Guard(IEndpointConventionBuilder endpoints) => endpoints.Finally(builder =>
    {
        if (builder.RequestDelegate is not { } next) return;
        var right = builder.Metadata.OfType<NeedsRight>().LastOrDefault()?.Right ?? PublisherRights.Manage;
        builder.RequestDelegate = context => ServeAsync(context, right, next);
    });

    private Task ServeAsync(HttpContext context, PublisherRights right, RequestDelegate next)
    {
        // A key is found at once: then nothing is kept for a request that waits.
        var finding = FindAsync(context);
        return finding.IsCompletedSuccessfully ? GoOnAsync(context, right, next, finding.GetAwaiter().GetResult()) : AwaitAsync(context, right, next, finding);
    }

    private async Task AwaitAsync(
        HttpContext context, PublisherRights right, RequestDelegate next, ValueTask<(PublisherScope? Scope, int Status, string? Reason)> finding) =>
        await GoOnAsync(context, right, next, await finding);

    private Task GoOnAsync(HttpContext context, PublisherRights right, RequestDelegate next, (PublisherScope? Scope, int Status, string? Reason) found)
    {
        var (scope, status, reason) = found;
        if (scope is { } known)
        {
            (scope, status, reason) = (known.Rights & right) == right
                ? InTenant(known, context.Request.QueryString.HasValue ? context.Request.Query[TenantQuery] : default)
                : Refuse(StatusCodes.Status403Forbidden, $"This publisher may not do this: it needs the right '{right.ToString().ToLowerInvariant()}'.", known.Name);
        }

        if (scope is not null)
        {
            context.Features.Set(scope);
            return next(context);
        }

        if (status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer";
        return TypedResults.Problem(reason, statusCode: status).ExecuteAsync(context);
    }

    private async ValueTask<(PublisherScope? Scope, int Status, string? Reason)> FindAsync(HttpContext context)
    {
        if (PublisherKeys.KeyOf(context.Request) is { } key)
        {
            return keys.Find(key) is { } known
                ? (known, 0, null)
                : Refuse(StatusCodes.Status401Unauthorized, "The key is not known.", "with an unknown key");
        }

        var (ticket, problem) = await tokens.AuthenticateAsync(context);
        if (problem is not null) return Refuse(StatusCodes.Status401Unauthorized, problem, "with a token");
        if (ticket is not null) return await OfPrincipalAsync(context, ticket.Principal, ticket.AuthenticationScheme == NotifyTokenScheme.Name);
        if (tokens.IsOpen && LoopbackOnly.Allows(context)) return (_development, 0, null);
        return Refuse(StatusCodes.Status401Unauthorized, "The request has neither a key nor a token.", "without a key");
    }

    private async ValueTask<(PublisherScope? Scope, int Status, string? Reason)> OfPrincipalAsync(HttpContext context, ClaimsPrincipal user, bool isToken)
    {
        string name = user.FindFirst("sub")?.Value ?? user.Identity?.Name ?? "unnamed";
        var rights = isToken ? OfScopes(user) : PublisherRights.None;
        if (isToken && revocations.IsRevoked(user, identities.Value, _isByCompany)) return Refuse(StatusCodes.Status401Unauthorized, "The token was revoked.", name);
        if (!isToken)
        {
            if (await IsAllowedAsync(context, user, NotifyPolicies.Publish)) rights |= PublisherRights.Push | PublisherRights.Read;
            if (await IsAllowedAsync(context, user, NotifyPolicies.Manage)) rights |= PublisherRights.Manage;
        }

        if (rights == PublisherRights.None) return Refuse(StatusCodes.Status403Forbidden, "The identity may not publish.", name);
        string? company = user.FindFirst(identities.Value.CompanyClaim)?.Value;
        bool isPlatform = !_isByCompany || user.FindAll(publishers.CurrentValue.ScopeClaim).SelectMany(c => c.Value.Split(' ')).Contains(PublisherScopes.Platform);
        if (!isPlatform && company is null) return Refuse(StatusCodes.Status403Forbidden, "The identity has neither a company nor the scope notify:platform.", name);
        return (new() { Name = name, Rights = rights, IsByCompany = _isByCompany, Companies = isPlatform ? null : FrozenSet.Create(company!) }, 0, null);
    }

    private PublisherRights OfScopes(ClaimsPrincipal user)
    {
        var rights = PublisherRights.None;
        foreach (string word in user.FindAll(publishers.CurrentValue.ScopeClaim).SelectMany(c => c.Value.Split(' '))) rights |= PublisherScopes.RightOf(word);
        return rights;
    }

    private async ValueTask<bool> IsAllowedAsync(HttpContext context, ClaimsPrincipal user, string policy)
    {
        var policies = services.GetRequiredService<IAuthorizationPolicyProvider>();
        return await policies.GetPolicyAsync(policy) is { } found
            && (await services.GetRequiredService<IAuthorizationService>().AuthorizeAsync(user, context, found)).Succeeded;
    }

    /// <summary>The tenant of a request: the publisher's only company, or the one that it names.</summary>
    private (PublisherScope? Scope, int Status, string? Reason) InTenant(PublisherScope scope, string? named)
    {
        if (!_isByCompany)
            return string.IsNullOrEmpty(named) ? (scope, 0, null) : (null, StatusCodes.Status400BadRequest, "There are no tenants here: Notify:Tenancy is Single.");
        if (string.IsNullOrEmpty(named)) return (scope with { Tenant = scope.Companies is { Count: 1 } own ? own.Items[0] : "" }, 0, null);
        if (NameRules.CheckTenant(named) is { } wrong) return (null, StatusCodes.Status400BadRequest, wrong);
        if (scope.Companies?.Contains(named) == false) return Refuse(StatusCodes.Status403Forbidden, "This publisher may not reach this tenant.", scope.Name);
        return (scope with { Tenant = named }, 0, null);
    }

    private (PublisherScope? Scope, int Status, string? Reason) Refuse(int status, string reason, string publisher)
    {
        SecurityLog.PublisherRefused(logger, publisher, reason);
        return (null, status, reason);
    }
}
