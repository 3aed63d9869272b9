using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.Extensions.Options;

namespace Notify.EdgeHost.Security;

/// <summary>A request's authenticated identity, or why its credentials do not count; neither: it has none.</summary>
internal readonly record struct AuthenticatedTicket(AuthenticationTicket? Ticket, string? Problem);

/// <summary>
/// Who a request or a token is: what the application's own authentication found out comes first, then a token of Notify's. So an
/// application that has schemes of its own need not know of ours.
/// </summary>
internal sealed class TokenAuthentication(
    TokenChecker checker,
    IOptions<NotifyAuthenticationOptions> options,
    IOptions<AuthenticationOptions> schemes,
    IOptionsMonitor<PublisherOptions> publishers,
    IHostEnvironment environment)
{
    // An application may have put another handler in our scheme's place, which reads what it likes.
    private readonly bool _isSchemeOurs = schemes.Value.SchemeMap.TryGetValue(NotifyTokenScheme.Name, out var scheme) && scheme.HandlerType == typeof(NotifyTokenScheme);

    /// <summary>Whether tokens of Notify's can count at all here.</summary>
    public bool HasKeys { get; } = options.Value.HasKeys;

    /// <summary>Development without any key: who is on this machine may say who he is, and push.</summary>
    public bool IsOpen => environment.IsDevelopment() && !HasKeys && publishers.CurrentValue.Keys.Count == 0;

    private bool TakesTokens => HasKeys || environment.IsDevelopment();

    /// <summary>The identity of a request.</summary>
    public async ValueTask<AuthenticatedTicket> AuthenticateAsync(HttpContext context)
    {
        // Not by context.User, which makes a principal where there is none.
        if (context.Features.Get<IHttpAuthenticationFeature>()?.User is { Identity: { IsAuthenticated: true } identity } user)
        {
            var properties = context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties;
            return new(new(user, properties, identity.AuthenticationType ?? ""), null);
        }

        if (!TakesTokens || (_isSchemeOurs && !NotifyTokenScheme.HasToken(context))) return default; // a scheme costs a scope of services and a handler
        var result = await context.AuthenticateAsync(NotifyTokenScheme.Name);
        return result.Succeeded ? new(result.Ticket, null) : new(null, result.Failure?.Message);
    }

    /// <summary>The identity of a token that came in a message.</summary>
    public async ValueTask<AuthenticatedTicket> AuthenticateAsync(string token)
    {
        if (!TakesTokens) return new(null, "Tokens do not count here: no keys are set.");
        var (principal, problem) = await checker.CheckAsync(token);
        return new(principal is null ? null : new(principal, NotifyTokenScheme.Name), problem);
    }
}
