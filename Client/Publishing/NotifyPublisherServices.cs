using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Notify.Client;

/// <summary>Adds the HTTP publisher to an application.</summary>
public static class NotifyPublisherServices
{
    /// <summary>
    /// Adds <see cref="INotifyPublisher"/> over HTTP; the returned builder takes further handlers, for credentials above all.
    /// </summary>
    public static IHttpClientBuilder AddNotifyPublisher(this IServiceCollection services, Action<HttpPublisherOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<HttpPublisherOptions>().Configure(configure).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        return services.AddHttpClient<INotifyPublisher, HttpNotifyPublisher>(static (provider, http) =>
        {
            var options = provider.GetRequiredService<IOptions<HttpPublisherOptions>>().Value;
            http.BaseAddress = options.BaseAddress;
            http.Timeout = options.Timeout;
            if (options.ApiKey is { } key) http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        });
    }
}
