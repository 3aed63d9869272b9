using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Notify.Telemetry;

/// <summary>
/// One thing that must be right for this process to be sent work. Asked with every request to /health/ready, so it looks at what is known
/// and waits for nothing.
/// </summary>
/// <param name="Name">What the answer calls it; one word.</param>
/// <param name="FindFault">Null: all is well; else one sentence for operators, without secrets and without names of users.</param>
public sealed record ReadyCheck(string Name, Func<string?> FindFault);

/// <summary>Adds checks, and the framework's health check "notify" that runs them all.</summary>
public static class ReadyCheckServices
{
    /// <summary>The name and the tag of the health check in the framework's health checks.</summary>
    public const string HealthCheckName = "notify";

    /// <summary>Adds a check of a service of this process.</summary>
    public static IServiceCollection AddReadyCheck<T>(this IServiceCollection services, string name, Func<T, string?> findFault) where T : notnull
    {
        ArgumentNullException.ThrowIfNull(services);
        if (!services.Any(service => service.ServiceType == typeof(ReadyHealthCheck)))
        {
            services.TryAddSingleton<ReadyHealthCheck>();
            services.AddHealthChecks().AddCheck<ReadyHealthCheck>(HealthCheckName, tags: [HealthCheckName]);
        }

        return services.AddSingleton(provider =>
        {
            var service = provider.GetRequiredService<T>();
            return new ReadyCheck(name, () => findFault(service));
        });
    }
}
