using System.Net;

namespace Notify.Silo.Engine;

/// <summary>The executable on the engine Orleans.</summary>
internal static class SiloHost
{
    /// <summary>Runs a silo until it is told to stop.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var host = Host.CreateApplicationBuilder(arguments);
        string clustering = host.Configuration["Notify:Clustering"] ?? "Localhost";
        if (clustering != "Localhost")
        {
            await Console.Error.WriteLineAsync($"Notify:Clustering is '{clustering}'; it must be Localhost.");
            return 1;
        }

        host.UseOrleans(silo => silo.UseNotifyLocalhost(host.Configuration).AddNotifySilo());
        await host.Build().RunAsync();
        return 0;
    }

    /// <summary>Silos of one machine; the first, on the default ports, keeps the membership of all.</summary>
    public static ISiloBuilder UseNotifyLocalhost(this ISiloBuilder silo, IConfiguration configuration)
    {
        var ports = configuration.GetSection("Notify:Localhost");
        int? primary = ports.GetValue<int?>("PrimaryPort");
        return silo.UseLocalhostClustering(
            ports.GetValue("SiloPort", 11111),
            ports.GetValue("GatewayPort", 30000),
            primary is { } port ? new IPEndPoint(IPAddress.Loopback, port) : null);
    }
}
