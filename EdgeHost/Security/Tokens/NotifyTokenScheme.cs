using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Notify.EdgeHost.Security;

/// <summary>
/// The authentication scheme of Notify's own tokens: a JWT in <c>Authorization: Bearer</c>, for /ws and /sse also in <c>access_token</c>.
/// An application may put any other scheme in its place.
/// </summary>
public sealed class NotifyTokenScheme : AuthenticationHandler<AuthenticationSchemeOptions>
{
    /// <summary>The scheme's name.</summary>
    public const string Name = "NotifyToken";

    /// <summary>The name of the query's token.</summary>
    internal const string QueryName = "access_token";

    private const string Prefix = "Bearer ";

    /// <summary>Made by ASP.NET Core.</summary>
    public NotifyTokenScheme(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : base(options, logger, encoder)
    {
    }

    /// <summary>The token of a request; null: it has none.</summary>
    internal static string? TokenOf(HttpRequest request, bool isClient)
    {
        if (request.Headers.Authorization is [{ } header] && header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) return header[Prefix.Length..].Trim();
        return isClient && request.Query[QueryName] is [{ Length: > 0 } token] ? token : null;
    }

    /// <summary>Whether a request has a token that this scheme would look at.</summary>
    internal static bool HasToken(HttpContext context) => TokenOf(context) is not null;

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (TokenOf(Context) is not { } token) return AuthenticateResult.NoResult();
        var (principal, problem) = await Context.RequestServices.GetRequiredService<TokenChecker>().CheckAsync(token);
        return principal is null ? AuthenticateResult.Fail(problem!) : AuthenticateResult.Success(new(principal, Scheme.Name));
    }

    private static string? TokenOf(HttpContext context)
    {
        bool isClient = context.GetEndpoint()?.Metadata.GetMetadata<ForClients>() is not null;
        return TokenOf(context.Request, isClient) is { } token && !PublisherKey.Is(token) ? token : null;
    }
}

/// <summary>Marks the endpoints where browsers connect, which cannot send headers.</summary>
internal sealed class ForClients;
