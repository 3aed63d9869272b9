using Microsoft.Extensions.Options;
using Notify.Clustering;
using Notify.EdgeHost.Security;
using Notify.Telemetry;

namespace Notify.EdgeHost;

/// <summary>An edge as an Orleans client of the cluster that the settings describe.</summary>
internal static class EdgeProcess
{
    /// <summary>Runs an edge until it is told to stop; 1 when its settings or what it needs do not let it start.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            var builder = WebApplication.CreateBuilder(args);
            builder.Configuration.UseQuietLogs();
            builder.UseDefaultAddress();
            builder.UseServerLimits();
            builder.WebHost.UseNotifyConnections();
            builder.UseOrleansClient(client => client.UseNotifyClustering(builder.Configuration).AddNotifyStreams(builder.Configuration));
            builder.Services.AddNotifyEdge(builder.Configuration);
            builder.Services.AddNotifyOtlp(builder.Configuration, "notify-edge");
            await using var app = builder.Build();
            app.MapNotify(shortCircuit: true);
            await app.RunAsync();
            return 0;
        }
        catch (Exception failure) when (failure is ClusteringException or InsecureStartException or OptionsValidationException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }
    }
}
