using Notify.Clustering.Engine;
using Notify.Grains.Edges;
using Notify.Streams;
using Orleans.Configuration;

namespace Notify.Silo.Engine;

/// <summary>What a silo needs of the engine Orleans.</summary>
internal static class OrleansSilo
{
    private const string MemoryStreams = "Memory";

    public static void AddEngine(this ISiloBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<ClusterMembership>();
        services.AddSingleton<ISiloMembership>(provider => provider.GetRequiredService<ClusterMembership>());
        services.AddHostedService(provider => provider.GetRequiredService<ClusterMembership>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, PumpsLifecycle>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, LocalLogGuard>();
        services.AddPlacementDirector<SiloKeyedPlacement, SiloKeyedPlacementDirector>();

        // Shedding takes activations that edges hold; each would have to be attached anew, just when memory is short.
        services.AddOptions<GrainCollectionOptions>().Validate(
            options => !options.EnableActivationSheddingOnMemoryPressure,
            "GrainCollectionOptions.EnableActivationSheddingOnMemoryPressure must be off: it would deactivate channels that edges hold.").ValidateOnStart();

        FailureDetection.Configure(builder);
        string? provider = builder.Configuration[$"{EdgeStreamOptions.Section}:{nameof(EdgeStreamOptions.Provider)}"];
        if (provider != MemoryStreams) return;
        builder.AddMemoryStreams(MemoryStreams);
        builder.AddMemoryGrainStorage("PubSubStore");
    }
}
