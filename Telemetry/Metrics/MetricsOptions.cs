using System.ComponentModel.DataAnnotations;

namespace Notify.Telemetry;

/// <summary>What /metrics shows and to whom; settings under <c>Notify:Metrics</c>.</summary>
public sealed class MetricsOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Metrics";

    /// <summary>Whether measurements are collected for /metrics at all; default true. False: the address answers 404.</summary>
    public bool Collect { get; set; } = true;

    /// <summary>
    /// At an edge, a port among those it listens on where /metrics needs no key, for a network that only scrapers reach. Default 0: none.
    /// A silo's HTTP port has health and metrics alone and asks for no key.
    /// </summary>
    [Range(0, 65535)]
    public int Port { get; set; }

    /// <summary>
    /// Meters shown beside the platform's own and .NET's runtime, such as Microsoft.AspNetCore.Server.Kestrel, Microsoft.Orleans, Npgsql. Each
    /// costs what its library measures for it. Default: none.
    /// </summary>
    public IList<string> Meters { get; } = [];

    /// <summary>How many series one instrument may have; further ones are counted and not shown. Default 200.</summary>
    [Range(1, 10_000)]
    public int SeriesLimitCount { get; set; } = 200;
}
