using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Hooks;
using Notify.EdgeHost.Lifecycle;
using Notify.EdgeHost.Limits;
using Notify.EdgeHost.Messages;
using Notify.EdgeHost.Publishing;
using Notify.EdgeHost.Resume;
using Notify.EdgeHost.Security;
using Notify.EdgeHost.Telemetry;
using Notify.EdgeHost.Transports;
using Notify.EdgeHost.Transports.BelowHttp;
using Notify.Streams;
using Notify.Telemetry;

namespace Notify.EdgeHost;

/// <summary>Makes any ASP.NET Core application an edge: <c>services.AddNotifyEdge(configuration)</c> and <c>app.MapNotify()</c>.</summary>
public static class NotifyEdgeServices
{
    // A little longer than a silo waits for the log. The engine's 30 seconds would keep pushers waiting for a silo that is gone; pushing again
    // is safe.
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(6);

    /// <summary>
    /// Adds the edge: what <see cref="NotifyEndpoints.MapNotify"/> maps, and the hosted service that registers it. The application is
    /// an Orleans client or silo already.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configuration">Where the settings are, under <c>Notify</c>.</param>
    public static IServiceCollection AddNotifyEdge(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddValidated<EdgeOptions>(configuration, EdgeOptions.Section);
        services.AddValidated<PublishingOptions>(configuration, PublishingOptions.Section);
        services.AddValidated<ResumeOptions>(configuration, ResumeOptions.Section);
        _ = services.AddValidated<ConnectionOptions>(configuration, ConnectionOptions.Section)
            .Validate(o => o.PingTimeout < o.PingEvery, "Notify:Connections:PingTimeout must be shorter than PingEvery.");

        services.AddSecurity(configuration);
        services.AddValidated<ClientLimitOptions>(configuration, ClientLimitOptions.Section);
        services.AddValidated<MessageOptions>(configuration, MessageOptions.Section);
        _ = services.AddValidated<HookOptions>(configuration, HookOptions.Section).Validate<IHostEnvironment>(
            (o, environment) => environment.IsDevelopment() || o.Webhooks.All(w => w.Address is { } a && (a.Scheme == Uri.UriSchemeHttps || a.IsLoopback)),
            "Notify:Hooks:Webhooks: outside Development an Address must be https, or on this machine.");

        services.AddNotifyMetrics();
        EdgeHealth.Add(services);
        services.AddRouting();
        services.AddProblemDetails();
        services.AddOpenApi(OpenApiText.Describe);
        services.AddEdgeStreams();
        services.Configure<Orleans.Configuration.ClientMessagingOptions>(static o => o.ResponseTimeout = ResponseTimeout);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<INotifyPublisher, GrainNotifyPublisher>();
        services.TryAddSingleton<EdgeMetrics>();
        services.TryAddSingleton<MessageMetrics>();
        services.TryAddSingleton<ClientLimits>();
        services.TryAddSingleton<MessageRoutes>();
        services.TryAddSingleton<MessageThreads>();
        services.TryAddSingleton<MessageHandling>();
        services.TryAddSingleton<MessageEndpoint>();
        services.TryAddSingleton<HookMetrics>();
        services.TryAddSingleton<ConnectionHooks>();
        services.TryAddSingleton<ClientAdmission>();
        services.TryAddSingleton<ClientServing>();
        services.TryAddSingleton<ClientEndpoints>();
        services.TryAddSingleton<HostRules>();
        services.TryAddSingleton<ClientsBelowHttp>();
        services.TryAddSingleton<ClientListenerFactory>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectionListenerFactory, ClientListenerFactory>(static s => s.GetRequiredService<ClientListenerFactory>()));
        services.TryAddSingleton<PushEndpoints>();
        services.TryAddSingleton<EdgeService>();
        services.AddHostedService(static s => s.GetRequiredService<ConnectionHooks>());
        services.AddHostedService(static s => s.GetRequiredService<MessageHandling>());
        services.AddHostedService(static s => s.GetRequiredService<EdgeService>());
        return services;
    }

    internal static Microsoft.Extensions.Options.OptionsBuilder<T> AddValidated<T>(this IServiceCollection services, IConfiguration configuration, string section)
        where T : class =>
        services.AddOptions<T>().Bind(configuration.GetSection(section)).ValidateDataAnnotations().ValidateOnStart();
}
