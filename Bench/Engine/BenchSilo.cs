using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;

namespace Notify.Bench.Engine;

/// <summary>A silo in this process, on the engine that is compiled in; calls to it are co-hosted.</summary>
internal static class BenchSilo
{
    public static string Engine => typeof(Grain).Assembly.GetName() is { Name: "Notify.Embedded" } ? "Embedded" : $"Orleans {typeof(Grain).Assembly.GetName().Version}";

    /// <summary>Behind its interface, as a grain is.</summary>
    public static IBenchGrain Plain { get; } = new PlainGrain();

    public static async Task<IHost> StartAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(FreePort.Find(), FreePort.Find()));
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    public static IGrainFactory Grains(this IHost host) => host.Services.GetRequiredService<IGrainFactory>();
}
