using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Notify.Clustering;

namespace Notify.Client;

/// <summary>Makes a business service a client of the cluster.</summary>
public static class NotifyClientHosting
{
    /// <summary>
    /// Connects to the cluster that the settings describe (<c>Notify:Clustering</c> and <c>Notify:Cluster</c>, the same as an edge's) when the
    /// host starts. Services then take <see cref="Orleans.IGrainFactory"/> for <see cref="IUserGrain"/> and the others, or
    /// <see cref="INotifyPublisher"/> by grains.
    /// </summary>
    /// <exception cref="ClusteringException">A setting is missing or wrong.</exception>
    public static TBuilder AddNotifyClient<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.UseOrleansClient(client => client.UseNotifyClustering(builder.Configuration));
        builder.Services.TryAddSingleton<INotifyPublisher, GrainNotifyPublisher>();
        return builder;
    }
}
