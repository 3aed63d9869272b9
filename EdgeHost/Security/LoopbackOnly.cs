using System.Net;

namespace Notify.EdgeHost.Security;

/// <summary>
/// What is open in Development is so for this machine alone: the request comes from a loopback address, and was sent to one. The second
/// keeps out a browser that a foreign page led here by a name of its own (DNS rebinding).
/// </summary>
internal static class LoopbackOnly
{
    /// <summary>Whether the request is of this machine.</summary>
    public static bool Allows(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) && IsLoopback(context.Request.Host.Host);

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
