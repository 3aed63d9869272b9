using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Security;

namespace Notify.EdgeHost.Transports.BelowHttp;

/// <summary>
/// What a host has set up that counts over HTTP alone: where there is any such rule for a connection, it goes that way. What an application
/// does in middlewares of its own cannot be seen here; so it asks for connections below HTTP, or does not.
/// </summary>
internal sealed class HostRules(
    IServer server,
    EndpointDataSource endpoints,
    IOptions<ConnectionOptions> options,
    IOptions<AuthenticationOptions> authentication,
    IOptions<AuthorizationOptions> authorization,
    IOptions<HostFilteringOptions> hosts,
    IOptions<ForwardedHeadersOptions> forwarded,
    IOptions<KestrelServerOptions> kestrel)
{
    private static readonly string[] ForwardedHeaders = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Original-For"];

    private readonly bool _areOpen = options.Value is { BelowHttp: true, StraightToSocket: true }
        && !authentication.Value.Schemes.Any(scheme => scheme.Name != NotifyTokenScheme.Name)
        && authorization.Value.FallbackPolicy is null
        && hosts.Value.AllowedHosts.All(host => host == "*");

    private readonly bool _isForwarded = forwarded.Value.ForwardedHeaders != Microsoft.AspNetCore.HttpOverrides.ForwardedHeaders.None;
    private readonly bool _areUpgradesCounted = kestrel.Value.Limits.MaxConcurrentUpgradedConnections is not null;
    private readonly Lazy<(Endpoint? WebSocket, Endpoint? Sse)> _endpoints = new(() => (Find(endpoints, "/ws"), Find(endpoints, "/sse")));

    private int[] _plainPorts = []; // those that were asked for and are open

    /// <summary>Where the handshake leads; null: it is for HTTP.</summary>
    public Endpoint? EndpointFor(PlainHandshake handshake, int port)
    {
        if (!_areOpen || (_areUpgradesCounted && !handshake.IsSse)) return null;
        if (_isForwarded && ForwardedHeaders.Any(handshake.Headers.ContainsKey)) return null;
        if (!_plainPorts.AsSpan().Contains(port) && !IsPlain(port)) return null;
        return handshake.IsSse ? _endpoints.Value.Sse : _endpoints.Value.WebSocket;
    }

    /// <summary>Whether the port takes plain HTTP: a handshake that comes in the clear to a port of TLS is no client's.</summary>
    private bool IsPlain(int port)
    {
        bool isPlain = false;
        foreach (string text in server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        {
            var address = BindingAddress.Parse(text);
            if (address.Port != port) continue;
            if (address.Scheme != Uri.UriSchemeHttp) return false;
            isPlain = true;
        }

        if (isPlain) _plainPorts = [.. _plainPorts, port];
        return isPlain;
    }

    /// <summary>As it was mapped, if nothing was put before it: a policy, certain hosts, limits.</summary>
    private static RouteEndpoint? Find(EndpointDataSource endpoints, string path)
    {
        RouteEndpoint[] found = [.. endpoints.Endpoints.OfType<RouteEndpoint>().Where(e => e.RoutePattern.RawText == path && TakesGet(e))];
        return found is [{ } only] && only.Metadata.GetMetadata<ForClients>() is not null && !only.Metadata.Any(IsRule) ? only : null;
    }

    private static bool TakesGet(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is not { } methods || methods.HttpMethods.Contains("GET");

    private static bool IsRule(object metadata) =>
        metadata is IAuthorizeData or AuthorizationPolicy or IAuthorizationRequirementData or IHostMetadata { Hosts.Count: > 0 }
        || metadata.GetType().Namespace?.StartsWith("Microsoft.AspNetCore.RateLimiting", StringComparison.Ordinal) == true;
}
