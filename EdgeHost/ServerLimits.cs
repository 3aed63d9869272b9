namespace Notify.EdgeHost;

/// <summary>What one who has not said what he wants may take of the server's time.</summary>
public static class ServerLimits
{
    // Kestrel's own 30 s let a slow handshake hold its socket needlessly long; a request's head is a few hundred bytes.
    private static readonly TimeSpan RequestHeadersTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A request's head may take 10 s; the settings under <c>Kestrel:Limits</c> (Kestrel's own names, such as RequestHeadersTimeout,
    /// KeepAliveTimeout, MaxConcurrentConnections), which ASP.NET Core does not read by itself, count.
    /// </summary>
    public static void UseServerLimits(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.WebHost.ConfigureKestrel((context, kestrel) =>
        {
            kestrel.Limits.RequestHeadersTimeout = RequestHeadersTimeout;
            kestrel.AddServerHeader = false;
            context.Configuration.GetSection("Kestrel:Limits").Bind(kestrel.Limits);
        });
    }
}
