using Microsoft.Extensions.DependencyInjection;

namespace Notify.Telemetry;

/// <summary>Adds the collection of measurements for /metrics.</summary>
public static class MetricsServices
{
    /// <summary>Adds it with its settings; it begins with the host. Idempotent.</summary>
    public static IServiceCollection AddNotifyMetrics(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(service => service.ServiceType == typeof(MetricsCollection))) return services;
        services.AddMetrics();
        services.AddOptions<MetricsOptions>().BindConfiguration(MetricsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<MetricsCollection>();
        services.AddHostedService(static provider => provider.GetRequiredService<MetricsCollection>()); // made before anything measures
        return services;
    }
}
