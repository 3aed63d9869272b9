using System.Net;
using Microsoft.Extensions.Configuration;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Notify.Clustering;

/// <summary>Clustering by the settings alone: the same for silos, edges and services.</summary>
public static class NotifyClustering
{
    /// <summary>Makes a silo part of the cluster that the settings describe.</summary>
    /// <exception cref="ClusteringException">A setting is missing or wrong.</exception>
    public static ISiloBuilder UseNotifyClustering(this ISiloBuilder silo, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(silo);
        ArgumentNullException.ThrowIfNull(configuration);
        var options = Engine.ClusteringProviders.Read(configuration);
        var provider = Engine.ClusteringProviders.Find(configuration);
        if (provider is not Engine.LocalhostClustering) silo.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (options.ClusterId, options.ServiceId));
        provider.AddTo(silo, options, configuration);
        if (options.GatewayListenPort is { } port)
            silo.Configure<EndpointOptions>(o => o.GatewayListeningEndpoint = new((o.GatewayListeningEndpoint ?? new(IPAddress.Loopback, port)).Address, port));
        return silo;
    }

    /// <summary>Makes an edge or a service a client of the cluster that the settings describe.</summary>
    /// <exception cref="ClusteringException">A setting is missing or wrong.</exception>
    public static IClientBuilder UseNotifyClustering(this IClientBuilder client, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(configuration);
        var options = Engine.ClusteringProviders.Read(configuration);
        var provider = Engine.ClusteringProviders.Find(configuration);
        if (provider is not Engine.LocalhostClustering) client.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (options.ClusterId, options.ServiceId));
        Engine.FailureDetection.Configure(client);
        client.UseConnectionRetryFilter(new Engine.StartRetries(options));
        provider.AddTo(client, options, configuration);
        return client;
    }

    /// <summary>Where a silo of more than one machine listens and how it is reached.</summary>
    internal static void UseEndpoints(this ISiloBuilder silo, ClusteringOptions options)
    {
        if (options.AdvertisedAddress is null)
        {
            silo.ConfigureEndpoints(options.SiloPort, options.GatewayPort, listenOnAnyHostAddress: true);
            return;
        }

        if (!IPAddress.TryParse(options.AdvertisedAddress, out var address))
            throw new ClusteringException($"{ClusteringOptions.Section}:{nameof(options.AdvertisedAddress)} is '{options.AdvertisedAddress}'; it must be an IP address.");
        silo.ConfigureEndpoints(address, options.SiloPort, options.GatewayPort, listenOnAnyHostAddress: !IPAddress.IsLoopback(address));
    }
}
