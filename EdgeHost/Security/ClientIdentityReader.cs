using System.Collections.Immutable;
using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Notify.EdgeHost.Security;

/// <summary>What came of asking who a client is: an identity, or the status and the reason why there is none.</summary>
internal readonly record struct IdentityResult(ClientIdentity? Identity, int Status, string? Reason);

/// <summary>
/// Finds out who a client is: from the claims of whatever authentication the application has set up, or of a token of Notify's; in
/// Development and without keys also from the query, for those of this machine who have none yet.
/// </summary>
internal sealed class ClientIdentityReader(
    IOptions<IdentityOptions> options, IOptions<TenancyOptions> tenancy, IHostEnvironment environment, TokenAuthentication tokens)
{
    private readonly IdentityOptions _options = options.Value;
    private readonly bool _isDevelopment = environment.IsDevelopment();

    /// <summary>Reads the identity of a request.</summary>
    public async ValueTask<IdentityResult> ReadAsync(HttpContext context)
    {
        var (ticket, problem) = await tokens.AuthenticateAsync(context);
        if (ticket is not null) return Read(ticket, context.Request.Query);
        if (problem is not null) return Refuse(StatusCodes.Status401Unauthorized, problem);
        if (!tokens.IsOpen) return Refuse(StatusCodes.Status401Unauthorized, "The request is not authenticated.");
        if (!LoopbackOnly.Allows(context)) return Refuse(StatusCodes.Status401Unauthorized, "Without a token only clients on the edge's own machine may connect (Development).");
        var identity = FromQuery(context.Request.Query, isOld: context.Request.Path == "/events");
        if (identity is null) return Refuse(StatusCodes.Status401Unauthorized, "Say who you are: in Development the query takes userid, company and component.");
        return Finish(identity with { Grant = PermitsAll ? ClientGrant.Open : ClientGrant.WithoutTopics }, context.Request.Query);
    }

    /// <summary>Reads the identity of a ticket.</summary>
    public IdentityResult Read(AuthenticationTicket ticket, IQueryCollection query)
    {
        var user = ticket.Principal;
        if (FromClaims(user, query) is not { } identity) return Refuse(StatusCodes.Status403Forbidden, "The identity has no claim that names the user.");
        string[] patterns = [.. user.FindAll(_options.TopicsClaim).Select(c => c.Value)];
        var topics = patterns.Length > 0 ? TopicPatterns.Read(patterns) : PermitsAll ? TopicPatterns.All : TopicPatterns.None;
        if (topics is null) return Refuse(StatusCodes.Status403Forbidden, "The identity's topics are not patterns such as stocks/* or orders/**.");
        return Finish(identity with
        {
            Grant = new()
            {
                Topics = topics,
                ExpiresAt = ticket.Properties.ExpiresUtc ?? Time(user, "exp"),
                IssuedAt = ticket.Properties.IssuedUtc ?? Time(user, "iat"),
                TokenId = user.FindFirst("jti")?.Value,
            },
        }, query);
    }

    private bool PermitsAll => _options.PermitAllTopics ?? _isDevelopment;

    private IdentityResult Finish(ClientIdentity identity, IQueryCollection query)
    {
        if (query["clientId"] is [{ Length: > 0 } clientId, ..]) identity = identity with { ClientId = clientId };
        if (Check(identity) is { } wrong) return Refuse(StatusCodes.Status400BadRequest, wrong);
        if (tenancy.Value.Tenancy == Tenancy.Single) return new(identity, StatusCodes.Status200OK, null);
        if (identity.Company is null) return Refuse(StatusCodes.Status403Forbidden, "The identity has no company, which is the tenant here.");
        if (NameRules.CheckTenant(identity.Company) is { } bad) return Refuse(StatusCodes.Status400BadRequest, bad);
        return new(identity with { Tenant = identity.Company }, StatusCodes.Status200OK, null);
    }

    private static IdentityResult Refuse(int status, string reason) => new(null, status, reason);

    private static DateTimeOffset? Time(ClaimsPrincipal user, string claim) =>
        double.TryParse(user.FindFirst(claim)?.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 0 and < 253402300799
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;

    private static string? First(IQueryCollection query, string name) => query[name] is [{ Length: > 0 } value, ..] ? value : null;

    private static ClientIdentity? FromQuery(IQueryCollection query, bool isOld)
    {
        // "compid" is what an older system called the component; another knew its clients by their client id alone (/events?clientId=).
        if ((First(query, "userid") ?? First(query, "user") ?? (isOld ? First(query, "clientId") : null)) is not { } user) return null;
        return new() { User = user, Company = First(query, "company"), Component = First(query, "component") ?? First(query, "compid") };
    }

    private ClientIdentity? FromClaims(ClaimsPrincipal user, IQueryCollection query)
    {
        if (_options.UserClaims.Select(c => user.FindFirst(c)?.Value).FirstOrDefault(v => !string.IsNullOrEmpty(v)) is not { } name) return null;
        return new()
        {
            User = name,
            Company = user.FindFirst(_options.CompanyClaim)?.Value,
            Component = user.FindFirst(_options.ComponentClaim)?.Value ?? First(query, "component") ?? First(query, "compid"),
            Attributes = [.. user.Claims.Where(IsAttribute).Select(c => new ConnectionAttribute(c.Type, c.Value))],
        };
    }

    private bool IsAttribute(Claim claim) =>
        !_options.UserClaims.Contains(claim.Type) && !_options.IgnoredClaims.Contains(claim.Type)
        && claim.Type != _options.CompanyClaim && claim.Type != _options.ComponentClaim && claim.Type != _options.TopicsClaim;

    private string? Check(ClientIdentity identity) =>
        NameRules.Check(identity.User, "user")
        ?? (identity.Company is null ? null : NameRules.Check(identity.Company, "company"))
        ?? (identity.Component is null ? null : NameRules.Check(identity.Component, "component"))
        ?? (identity.ClientId is null ? null : NameRules.Check(identity.ClientId, "client id"))
        ?? (identity.Attributes.Length > _options.AttributesLimitCount ? $"The identity has more than {_options.AttributesLimitCount} attributes." : null)
        ?? CheckAttributes(identity.Attributes);

    private static string? CheckAttributes(ImmutableArray<ConnectionAttribute> attributes)
    {
        const int limitChars = 1024;
        foreach (var attribute in attributes)
        {
            if (attribute.Name.Length + attribute.Value.Length > limitChars) return $"An attribute is longer than {limitChars} characters.";
        }

        return null;
    }
}
