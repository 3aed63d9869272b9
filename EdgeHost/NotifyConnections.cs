using Microsoft.AspNetCore.Server.Kestrel.Core;
using Notify.EdgeHost.Transports.BelowHttp;

namespace Notify.EdgeHost;

/// <summary>Has Kestrel serve Notify's clients below HTTP where that is possible: a fraction of the memory and CPU of each connection.</summary>
public static class NotifyConnections
{
    /// <summary>
    /// For all endpoints that are configured after this call. An application that has defaults of its own for endpoints
    /// (<c>ConfigureEndpointDefaults</c>) calls the other form in them instead.
    /// </summary>
    public static IWebHostBuilder UseNotifyConnections(this IWebHostBuilder host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.ConfigureKestrel(static kestrel => kestrel.ConfigureEndpointDefaults(static listen => listen.UseNotifyConnections()));
    }

    /// <summary>
    /// For one endpoint, before TLS. Clients' handshakes over plain HTTP/1.1 to /ws and /sse that would be let in are answered here, after the
    /// same checks as over HTTP; all else goes on to HTTP on the same port as it came. The application's middlewares (request logging,
    /// rate limits, forwarded headers given to <c>UseForwardedHeaders</c> itself, …) and connection middlewares do not see the connections that are
    /// served here.
    /// Connections of applications with authentication schemes, a fallback policy or allowed hosts of their own all go to HTTP.
    /// <c>Notify:Connections:BelowHttp</c> switches it off.
    /// </summary>
    public static ListenOptions UseNotifyConnections(this ListenOptions listen)
    {
        ArgumentNullException.ThrowIfNull(listen);
        listen.Use(next =>
        {
            if ((listen.Protocols & HttpProtocols.Http1) != 0) listen.ApplicationServices.GetService<ClientListenerFactory>()?.TakeNext(); // none: no edge here
            return next;
        });
        return listen;
    }
}
