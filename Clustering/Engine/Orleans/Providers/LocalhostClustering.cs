using System.Net;
using Microsoft.Extensions.Configuration;
using Notify.Clustering.Engine;
using Orleans.Hosting;

[assembly: ClusteringProvider<LocalhostClustering>("Localhost")]

namespace Notify.Clustering.Engine;

/// <summary>
/// Processes of one machine, for development: the silo on the primary port keeps the membership of all in its memory. Ids are Orleans' own,
/// so that an application's <c>UseLocalhostClustering()</c> is of the same cluster.
/// </summary>
internal sealed class LocalhostClustering : IClusteringProvider
{
    private const string Section = "Notify:Localhost";

    public void AddTo(ISiloBuilder silo, ClusteringOptions options, IConfiguration configuration)
    {
        var ports = configuration.GetSection(Section);
        int? primary = ports.GetValue<int?>("PrimaryPort");
        silo.UseLocalhostClustering(
            ports.GetValue("SiloPort", options.SiloPort),
            ports.GetValue("GatewayPort", options.GatewayPort),
            primary is { } port ? new IPEndPoint(IPAddress.Loopback, port) : null);
    }

    public void AddTo(IClientBuilder client, ClusteringOptions options, IConfiguration configuration) =>
        client.UseLocalhostClustering(configuration.GetValue($"{Section}:GatewayPort", options.GatewayPort));
}
