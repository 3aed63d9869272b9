using Microsoft.Extensions.Hosting;
using Notify.Clustering;

namespace Notify.Client;

/// <summary>The embedded engine never crosses a process: a service of its own has no silo to talk to.</summary>
public static class NotifyClientHosting
{
    /// <summary>Says so.</summary>
    /// <exception cref="ClusteringException">Always.</exception>
    public static TBuilder AddNotifyClient<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder =>
        throw new ClusteringException("A service as a client of the cluster needs a build with NotifyEngine=Orleans; on the engine Embedded push over HTTP (AddNotifyPublisher).");
}
