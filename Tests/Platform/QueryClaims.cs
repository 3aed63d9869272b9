using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Notify.Tests.Platform;

/// <summary>An application's own authentication for tests: believes <c>sub</c>, <c>company</c> and <c>claim.NAME</c> of the query.</summary>
public static class QueryClaims
{
    public static void Add(IServiceCollection services) =>
        services.AddAuthentication("query").AddScheme<AuthenticationSchemeOptions, Scheme>("query", null);

    private sealed class Scheme(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            const string prefix = "claim.";
            if (Request.Query["sub"] is not [{ } user]) return Task.FromResult(AuthenticateResult.NoResult());
            List<Claim> claims = [new("sub", user)];
            if (Request.Query["company"] is [{ } company]) claims.Add(new("company", company));
            foreach (var (name, values) in Request.Query)
            {
                if (name.StartsWith(prefix, StringComparison.Ordinal)) claims.AddRange(values.Select(v => new Claim(name[prefix.Length..], v!)));
            }

            return Task.FromResult(AuthenticateResult.Success(new(new(new ClaimsIdentity(claims, "query")), "query")));
        }
    }
}
