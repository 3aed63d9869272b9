using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Notify.Embedded.Activations;
using Notify.Embedded.Calls;
using Notify.Embedded.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Microsoft.Extensions.Hosting;

/// <summary>Makes a host a silo.</summary>
public static class OrleansSiloGenericHostExtensions
{
    /// <summary>Grains can be called once the host has started the services registered before this.</summary>
    public static IHostApplicationBuilder UseOrleans(this IHostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(configureDelegate);
        configureDelegate(EngineBuilder.Of<SiloBuilder>(hostAppBuilder, (services, configuration) => new(services, configuration)));
        return hostAppBuilder;
    }
}

/// <summary>Makes a host a client.</summary>
public static class OrleansClientGenericHostExtensions
{
    /// <summary>Connects to a silo of the same process when the host starts.</summary>
    public static IHostApplicationBuilder UseOrleansClient(this IHostApplicationBuilder hostAppBuilder, Action<IClientBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(configureDelegate);
        configureDelegate(EngineBuilder.Of<ClientBuilder>(hostAppBuilder, (services, configuration) => new(services, configuration)));
        return hostAppBuilder;
    }
}

internal abstract class EngineBuilder
{
    protected EngineBuilder(IServiceCollection services, IConfiguration configuration)
    {
        Services = services;
        Configuration = configuration;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IClusterClient>(provider => provider.GetRequiredService<HostClient>());
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<HostClient>());
    }

    public IServiceCollection Services { get; }

    public IConfiguration Configuration { get; }

    public static TBuilder Of<TBuilder>(IHostApplicationBuilder host, Func<IServiceCollection, IConfiguration, TBuilder> make)
        where TBuilder : EngineBuilder
    {
        var marker = host.Services.FirstOrDefault(service => service.ServiceType == typeof(EngineBuilder));
        if (marker is null)
        {
            host.Services.AddSingleton<EngineBuilder>(make(host.Services, host.Configuration));
            marker = host.Services.Last();
        }

        return marker.ImplementationInstance as TBuilder
            ?? throw new OrleansConfigurationException("UseOrleans and UseOrleansClient exclude each other; UseOrleans gives the host a client too.");
    }

    protected void AddClient<TOptions>(Func<IServiceProvider, Func<SiloRuntime?>?> findSilo)
        where TOptions : MessagingOptions =>
        Services.AddSingleton(provider => new HostClient(
            provider,
            new PromisedCalls(provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<IOptions<TOptions>>().Value.ResponseTimeout),
            provider.GetRequiredService<ILogger<HostClient>>(),
            findSilo(provider)));
}

internal sealed class SiloBuilder : EngineBuilder, ISiloBuilder
{
    public SiloBuilder(IServiceCollection services, IConfiguration configuration)
        : base(services, configuration)
    {
        AddClient<SiloMessagingOptions>(_ => null);
        services.AddSingleton<SiloRuntime>();
        services.AddHostedService<SiloService>();
    }
}

internal sealed class ClientBuilder : EngineBuilder, IClientBuilder
{
    public ClientBuilder(IServiceCollection services, IConfiguration configuration)
        : base(services, configuration)
    {
        AddClient<ClientMessagingOptions>(provider =>
        {
            var gateway = Gateway.Of(provider);
            return () => Gateways.Find(gateway);
        });
        services.AddHostedService<ClientService>();
    }
}
