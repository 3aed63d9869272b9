using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Streams;

namespace Notify.Streams;

/// <summary>Adds the stream provider "edges".</summary>
public static class EdgeStreamsServiceCollectionExtensions
{
    /// <summary>
    /// Adds the stream provider "edges" as a keyed service, and its options: on a silo it sends, on an edge it subscribes, in a
    /// process that is both it does both. Idempotent.
    /// </summary>
    public static IServiceCollection AddEdgeStreams(this IServiceCollection services)
    {
        services.AddOptions<EdgeStreamOptions>()
            .BindConfiguration(EdgeStreamOptions.Section)
            .ValidateDataAnnotations()
            .Validate(options => StreamProviders.Has(options.Provider), StreamProviders.WhyNotOthers)
            .ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddKeyedSingleton<IStreamProvider, DirectStreamProvider>(EdgeStreams.DirectProvider);
        return services;
    }
}
