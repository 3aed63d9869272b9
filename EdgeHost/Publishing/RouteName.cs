using Microsoft.AspNetCore.Http.Features;

namespace Notify.EdgeHost.Publishing;

/// <summary>
/// Names in addresses. The server decodes a path but for <c>%2F</c>, so that a name with a slash and one with a literal "%2F" look alike
/// afterwards: where a percent sign is left, the name is read from the request line itself.
/// </summary>
internal static class RouteName
{
    /// <summary>The name in the path's segment that is so far from its end (1: the last).</summary>
    public static string? Segment(HttpContext context, string name, int fromEnd)
    {
        if (context.Request.RouteValues[name] is not string value) return null;
        if (!value.Contains('%', StringComparison.Ordinal)) return value;
        string[] segments = RawPath(context).TrimEnd('/').Split('/');
        return segments.Length < fromEnd ? value : Uri.UnescapeDataString(segments[^fromEnd]);
    }

    /// <summary>The name that is the rest of the path after <paramref name="before"/>.</summary>
    public static string? Rest(HttpContext context, string name, string before)
    {
        if (context.Request.RouteValues[name] is not string value) return null;
        if (!value.Contains('%', StringComparison.Ordinal)) return value;
        string path = RawPath(context);
        int at = path.IndexOf(before, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? value : Uri.UnescapeDataString(path[(at + before.Length)..]);
    }

    private static string RawPath(HttpContext context)
    {
        string target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        int query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? target : target[..query];
    }
}
