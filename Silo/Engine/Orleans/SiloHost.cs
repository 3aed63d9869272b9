using Microsoft.Extensions.Options;
using Notify.Clustering;
using Notify.Grains.Log;

namespace Notify.Silo.Engine;

/// <summary>The executable on the engine Orleans: a silo of the cluster that the settings describe.</summary>
internal static class SiloHost
{
    /// <summary>Runs a silo until it is told to stop; 1 when its settings or what it needs do not let it start.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            var host = Host.CreateApplicationBuilder(arguments);
            host.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // what stops a start is said below
            host.UseOrleans(silo => silo.UseNotifyClustering(host.Configuration).AddNotifySilo());
            using var built = host.Build();
            await built.RunAsync();
            return 0;
        }
        catch (Exception failure) when (failure is ClusteringException or LogNotOpenedException or OptionsValidationException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }
    }
}
