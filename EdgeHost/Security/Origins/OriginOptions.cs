namespace Notify.EdgeHost.Security;

/// <summary>Which web pages may connect and call; settings under <c>Notify:Origins</c>.</summary>
public sealed class OriginOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Origins";

    /// <summary>
    /// Origins such as <c>https://app.example</c>, whose pages may; <c>*</c>: all (only sensible where every request has a token). Pages
    /// of the edge's own address always may, and what is no browser does not say an origin.
    /// </summary>
    public IList<string> Allowed { get; } = [];

    /// <summary>Whether browsers send cookies from these origins, for an application with a cookie scheme; not with <c>*</c>. Default false.</summary>
    public bool AllowCredentials { get; set; }

    /// <summary>What is wrong; null: nothing.</summary>
    internal static string? Check(OriginOptions options)
    {
        foreach (string origin in options.Allowed)
        {
            if (origin == "*")
            {
                if (options.AllowCredentials) return "Notify:Origins: '*' does not go with AllowCredentials.";
            }
            else if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.GetLeftPart(UriPartial.Authority) != origin)
            {
                return $"Notify:Origins:Allowed: '{origin}' is not an origin such as https://app.example.";
            }
        }

        return null;
    }
}
