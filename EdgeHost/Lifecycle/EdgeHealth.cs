using Notify.Telemetry;

namespace Notify.EdgeHost.Lifecycle;

/// <summary>
/// What makes an edge ready to be sent new clients. The store is not among it: connections stay while it is down, ephemeral pushes go on,
/// and taking every edge out of its balancer at once would mend nothing.
/// </summary>
internal static class EdgeHealth
{
    /// <summary>Adds the checks "draining", "lease", "silos" and "stream".</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddReadyCheck<EdgeService>("draining", static edge => edge.IsDraining ? "The edge is about to stop." : null);
        services.AddReadyCheck<EdgeService>("lease", static edge => edge.Registration is null ? "The edge is not registered." : null);
        services.AddReadyCheck<EdgeService>("silos", static edge => edge.Registration is { IsAnswered: false } ? "No silo answers." : null);
        services.AddReadyCheck<EdgeService>("stream", static edge => edge.Registration is { IsSubscribed: false } ? "The edge's stream cannot be subscribed." : null);
    }
}
