using System.Net;
using Microsoft.Extensions.Options;

namespace Notify.EdgeHost.Security;

/// <summary>Settings under <c>Notify:Development</c>.</summary>
public sealed class DevelopmentOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Development";

    /// <summary>
    /// Networks, such as 172.16.0.0/12, whose machines count as this one: for a container whose port is published on the host's loopback
    /// address alone. Default: none.
    /// </summary>
    public IList<string> Networks { get; } = [];

    /// <summary>What is wrong; null: nothing.</summary>
    internal static string? Check(DevelopmentOptions options) =>
        options.Networks.FirstOrDefault(text => !IPNetwork.TryParse(text, out _)) is { } bad ? $"Notify:Development:Networks: '{bad}' is not a network such as 172.16.0.0/12." : null;
}

/// <summary>
/// What is open in Development is so for this machine alone: the request comes from a loopback address, and was sent to one. The second
/// keeps out a browser that a foreign page led here by a name of its own (DNS rebinding).
/// </summary>
internal static class LoopbackOnly
{
    /// <summary>Whether the request is of this machine.</summary>
    public static bool Allows(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address
        && (IPAddress.IsLoopback(address) || IsTrusted(address, context.RequestServices.GetRequiredService<IOptions<DevelopmentOptions>>().Value))
        && (IsCommonLoopback(context.Request.Host.Value) || IsLoopback(context.Request.Host.Host));

    private static bool IsTrusted(IPAddress address, DevelopmentOptions options)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return options.Networks.Any(text => IPNetwork.TryParse(text, out var network) && network.Contains(address));
    }

    // What nearly all of this machine's requests say, without taking it apart into new strings for each of them.
    private static bool IsCommonLoopback(ReadOnlySpan<char> hostAndPort)
    {
        int colon = hostAndPort.IndexOf(':');
        return (colon < 0 ? hostAndPort : hostAndPort[..colon]) is "localhost" or "127.0.0.1" && !hostAndPort[(colon + 1)..].Contains(':');
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
