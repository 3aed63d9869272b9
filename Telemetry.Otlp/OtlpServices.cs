using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Notify.Telemetry;

/// <summary>Adds the export of metrics and traces over OTLP to an executable.</summary>
public static class OtlpServices
{
    private static readonly string[] EndpointVariables =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];

    /// <summary>
    /// Adds it where the settings or the environment name a collector; else nothing, and nothing is measured for it.
    /// </summary>
    /// <param name="services">The executable's services.</param>
    /// <param name="configuration">Its settings.</param>
    /// <param name="serviceName">What the process is called unless OTEL_SERVICE_NAME says otherwise.</param>
    public static IServiceCollection AddNotifyOtlp(this IServiceCollection services, IConfiguration configuration, string serviceName)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<OtlpOptions>().BindConfiguration(OtlpOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        bool isNamed = !string.IsNullOrEmpty(configuration[$"{OtlpOptions.Section}:{nameof(OtlpOptions.OtlpEndpoint)}"])
            || EndpointVariables.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)));
        bool isDisabled = string.Equals(Environment.GetEnvironmentVariable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase);
        if (isNamed && !isDisabled)
            services.AddHostedService(provider => ActivatorUtilities.CreateInstance<OtlpExport>(provider, new OtlpServiceName(serviceName)));
        return services;
    }
}

/// <summary>What the process is called at the collector.</summary>
internal sealed record OtlpServiceName(string Value);
