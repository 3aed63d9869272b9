using Notify.EdgeHost.Security;
using Orleans.Hosting;

namespace Notify.EdgeHost;

/// <summary>An edge as an Orleans client of silos on this machine.</summary>
internal static class EdgeProcess
{
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.UseDefaultAddress();
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // what stops a start is said below
        string clustering = builder.Configuration["Notify:Clustering"] ?? "Localhost";
        if (clustering != "Localhost")
        {
            await Console.Error.WriteLineAsync($"Notify:Clustering is '{clustering}'; it must be Localhost.");
            return 1;
        }

        builder.UseOrleansClient(client => client
            .UseLocalhostClustering(builder.Configuration.GetValue("Notify:Localhost:GatewayPort", 30000))
            .AddNotifyStreams(builder.Configuration));
        builder.Services.AddNotifyEdge(builder.Configuration);
        await using var app = builder.Build();
        app.MapNotify();
        try
        {
            await app.RunAsync();
            return 0;
        }
        catch (InsecureStartException failure)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }
    }
}
