namespace Notify.EdgeHost;

/// <summary>Where the edge listens when nobody says otherwise.</summary>
public static class DefaultAddress
{
    /// <summary>http://localhost:8080</summary>
    public const string Url = "http://localhost:8080";

    /// <summary>Listens on <see cref="Url"/> unless ASPNETCORE_URLS, the port settings or Kestrel's section say otherwise.</summary>
    public static void UseDefaultAddress(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var configuration = builder.Configuration;
        bool isSet = configuration["urls"] is not null || configuration["http_ports"] is not null || configuration["https_ports"] is not null
            || configuration.GetSection("Kestrel:Endpoints").Exists();
        if (!isSet) builder.WebHost.UseUrls(Url);
    }
}
