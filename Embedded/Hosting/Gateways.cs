using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Notify.Embedded.Activations;
using Orleans.Configuration;

namespace Notify.Embedded.Hosting;

/// <summary>The name under which clients find a silo.</summary>
internal readonly record struct Gateway(string ClusterId, int Port)
{
    public static Gateway Of(IServiceProvider services) => new(
        services.GetRequiredService<IOptions<ClusterOptions>>().Value.ClusterId,
        services.GetRequiredService<IOptions<GatewayOptions>>().Value.Port);
}

/// <summary>The silos of this process that run now.</summary>
internal static class Gateways
{
    private static readonly ConcurrentDictionary<Gateway, SiloRuntime> Open = new();

    public static SiloRuntime? Find(Gateway gateway) => Open.GetValueOrDefault(gateway);

    public static bool TryOpen(Gateway gateway, SiloRuntime silo) => Open.TryAdd(gateway, silo);

    public static void Close(Gateway gateway, SiloRuntime silo) => Open.TryRemove(new(gateway, silo));
}
