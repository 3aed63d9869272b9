using Notify.Grains.Edges;
using Notify.Telemetry;

namespace Notify.Silo.Health;

/// <summary>What makes a silo ready: it is an active member of its cluster, and its log takes writes.</summary>
internal sealed class SiloHealth(ISiloMembership membership, EdgePumps pumps, IHostApplicationLifetime host)
{
    /// <summary>Adds the checks "silo" and "store".</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddOptions<HealthOptions>().BindConfiguration(HealthOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<SiloHealth>();
        services.AddSingleton<LogProbe>();
        services.AddHostedService(static provider => provider.GetRequiredService<LogProbe>());
        services.AddReadyCheck<SiloHealth>("silo", static health => health.FindFault());
        services.AddReadyCheck<LogProbe>("store", static probe => probe.Fault);
    }

    private string? FindFault() =>
        host.ApplicationStopping.IsCancellationRequested ? "The silo is about to stop."
        : !pumps.IsRunning ? "The silo is not active in its cluster."
        : !membership.IsConfirmed ? "The cluster's membership cannot be read."
        : null;
}
