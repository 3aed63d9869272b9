using System.ComponentModel.DataAnnotations;

namespace Notify.Clustering;

/// <summary>How processes find each other; the provider itself is named by <c>Notify:Clustering</c>.</summary>
public sealed class ClusteringOptions
{
    /// <summary>The setting that names the provider.</summary>
    public const string ProviderSetting = "Notify:Clustering";

    /// <summary>The settings section of everything else.</summary>
    public const string Section = "Notify:Cluster";

    /// <summary>Processes of one id are one cluster; default notify.</summary>
    [Required, StringLength(150, MinimumLength = 1)]
    public string ClusterId { get; set; } = "notify";

    /// <summary>What the application is called over all its clusters; default notify.</summary>
    [Required, StringLength(150, MinimumLength = 1)]
    public string ServiceId { get; set; } = "notify";

    /// <summary>The IP address at which others reach this silo; default: the first that the host's name resolves to.</summary>
    public string? AdvertisedAddress { get; set; }

    /// <summary>The port at which silos reach this one; default 11111.</summary>
    [Range(1, 65535)]
    public int SiloPort { get; set; } = 11111;

    /// <summary>The port at which edges and services reach this silo; default 30000.</summary>
    [Range(1, 65535)]
    public int GatewayPort { get; set; } = 30000;

    /// <summary>The port at which this silo listens for edges and services, where a port mapping or a proxy stands before it; default: <see cref="GatewayPort"/>.</summary>
    [Range(1, 65535)]
    public int? GatewayListenPort { get; set; }

    /// <summary>
    /// AdoNet: the PostgreSQL database; default: that of the log (<c>Notify:Log:ConnectionString</c>). AzureStorage: the storage account,
    /// unless <see cref="ServiceUri"/> names it.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>AdoNet: the schema of Orleans' tables; created where it is missing. Default notify_cluster.</summary>
    [Required, RegularExpression("^[a-z_][a-z0-9_]{0,40}$")]
    public string Schema { get; set; } = "notify_cluster";

    /// <summary>AdoNet: how long a starting process waits for the server and its tables. Default 60 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan StartLimit { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>AzureStorage: the account's table endpoint, reached with the process's managed identity.</summary>
    public Uri? ServiceUri { get; set; }

    /// <summary>AzureStorage: the client id of a user-assigned managed identity; default: the system's, or whoever is signed in.</summary>
    public string? ManagedIdentityClientId { get; set; }

    /// <summary>AzureStorage: the table; default NotifySilos.</summary>
    [Required, RegularExpression("^[A-Za-z][A-Za-z0-9]{2,62}$")]
    public string TableName { get; set; } = "NotifySilos";
}
