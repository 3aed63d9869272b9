using Microsoft.Extensions.Options;

namespace Notify.EdgeHost.Security;

/// <summary>
/// Lets browsers in by the origin of their page (RFC 6454), before anything else is looked at, and answers with the CORS headers
/// (WHATWG Fetch) that let the page read the answer.
/// </summary>
internal sealed class OriginGate(IOptions<OriginOptions> options)
{
    private const string AllowedMethods = "GET, POST, DELETE";
    private const string AllowedHeaders = "Authorization, Content-Type, X-Api-Key, Last-Event-ID";
    private const string PreflightSeconds = "600";

    private readonly OriginOptions _options = options.Value;

    /// <summary>Puts the gate before endpoints.</summary>
    public void Guard(IEndpointConventionBuilder endpoints) => endpoints.Finally(builder =>
    {
        if (builder.RequestDelegate is not { } next) return;
        builder.RequestDelegate = context => Admit(context) ? next(context) : RefuseAsync(context);
    });

    /// <summary>Answers a browser that asks before it sends.</summary>
    public Task PreflightAsync(HttpContext context)
    {
        if (!Admit(context)) return RefuseAsync(context);
        var headers = context.Response.Headers;
        headers.AccessControlAllowMethods = AllowedMethods;
        headers.AccessControlAllowHeaders = AllowedHeaders;
        headers.AccessControlMaxAge = PreflightSeconds;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static Task RefuseAsync(HttpContext context) =>
        TypedResults.Problem("Pages of this origin may not connect.", statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(context);

    /// <summary>Whether the page may connect; sets the headers that let it read the answer.</summary>
    public bool Admit(HttpContext context)
    {
        if (context.Request.Headers.Origin is not [{ } origin, ..]) return true;
        bool isNamed = _options.Allowed.Contains(origin), isAny = _options.Allowed.Contains("*");
        if (!isNamed && !isAny) return IsOwn(origin, context.Request.Host);
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.Append("Vary", "Origin");
        if (isNamed && _options.AllowCredentials) headers.AccessControlAllowCredentials = "true";
        return true;
    }

    /// <summary>Whether the page is of the address that was asked; the scheme is not compared, for TLS may end before the edge.</summary>
    private static bool IsOwn(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Scheme is ("http" or "https") && host.HasValue
        && page.Host.Trim('[', ']').Equals(host.Host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase)
        && (host.Port is not { } port ? page.IsDefaultPort : page.Port == port);
}
