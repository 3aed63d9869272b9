using System.Collections.Immutable;
using System.Security.Claims;
using Microsoft.Extensions.Options;

namespace Notify.EdgeHost.Security;

/// <summary>What came of asking who a client is: an identity, or the status and the reason why there is none.</summary>
internal readonly record struct IdentityResult(ClientIdentity? Identity, int Status, string? Reason);

/// <summary>
/// Finds out who a client is: from the claims of whatever authentication the application has set up; in Development also from the
/// query, for those who have none yet.
/// </summary>
internal sealed class ClientIdentityReader(IOptions<IdentityOptions> options, IHostEnvironment environment)
{
    private readonly IdentityOptions _options = options.Value;
    private readonly bool _isDevelopment = environment.IsDevelopment();

    /// <summary>Whether a client may subscribe to any topic.</summary>
    public bool PermitsAllTopics => _options.PermitAllTopics ?? _isDevelopment;

    /// <summary>Reads the identity of a request.</summary>
    public IdentityResult Read(HttpContext context)
    {
        var query = context.Request.Query;
        ClientIdentity? identity;
        if (context.User.Identity is { IsAuthenticated: true })
        {
            identity = FromClaims(context.User, query);
            if (identity is null) return Refuse(StatusCodes.Status403Forbidden, "The identity has no claim that names the user.");
        }
        else if (_isDevelopment)
        {
            identity = FromQuery(query);
            if (identity is null)
                return Refuse(StatusCodes.Status401Unauthorized, "Say who you are: in Development the query takes userid, company and component.");
        }
        else
        {
            return Refuse(StatusCodes.Status401Unauthorized, "The request is not authenticated.");
        }

        if (query["clientId"] is [{ Length: > 0 } clientId, ..]) identity = identity with { ClientId = clientId };
        string? wrong = Check(identity);
        return wrong is null ? new(identity, StatusCodes.Status200OK, null) : Refuse(StatusCodes.Status400BadRequest, wrong);
    }

    private static IdentityResult Refuse(int status, string reason) => new(null, status, reason);

    private static string? First(IQueryCollection query, string name) => query[name] is [{ Length: > 0 } value, ..] ? value : null;

    private static ClientIdentity? FromQuery(IQueryCollection query)
    {
        // "compid" is what an older system called the company.
        if ((First(query, "userid") ?? First(query, "user")) is not { } user) return null;
        return new() { User = user, Company = First(query, "company") ?? First(query, "compid"), Component = First(query, "component") };
    }

    private ClientIdentity? FromClaims(ClaimsPrincipal user, IQueryCollection query)
    {
        if (_options.UserClaims.Select(c => user.FindFirst(c)?.Value).FirstOrDefault(v => !string.IsNullOrEmpty(v)) is not { } name) return null;
        return new()
        {
            User = name,
            Company = user.FindFirst(_options.CompanyClaim)?.Value,
            Component = user.FindFirst(_options.ComponentClaim)?.Value ?? First(query, "component"),
            Attributes = [.. user.Claims.Where(IsAttribute).Select(c => new ConnectionAttribute(c.Type, c.Value))],
        };
    }

    private bool IsAttribute(Claim claim) =>
        !_options.UserClaims.Contains(claim.Type) && !_options.IgnoredClaims.Contains(claim.Type)
        && claim.Type != _options.CompanyClaim && claim.Type != _options.ComponentClaim;

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
