using Microsoft.Extensions.Options;
using Notify.Clustering;
using Notify.Grains.Log;
using Notify.Telemetry;

namespace Notify.Silo.Engine;

/// <summary>The executable on the engine Orleans: a silo of the cluster that the settings describe, with an HTTP port for health and metrics.</summary>
internal static class SiloHost
{
    private const string AnyFreePort = "http://127.0.0.1:0";

    /// <summary>Runs a silo until it is told to stop; 1 when its settings or what it needs do not let it start.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            var builder = WebApplication.CreateBuilder(arguments);
            builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // what stops a start is said below
            if (!IsAddressSet(builder.Configuration)) builder.WebHost.UseUrls(AnyFreePort); // several silos of one machine do not meet there
            builder.UseOrleans(silo => silo.UseNotifyClustering(builder.Configuration).AddNotifySilo());
            builder.Services.AddNotifyOtlp(builder.Configuration, "notify-silo");
            await using var app = builder.Build();
            app.MapNotifyHealth();
            app.MapGet("/metrics", app.Services.GetRequiredService<MetricsCollection>().AnswerAsync);
            await app.RunAsync();
            return 0;
        }
        catch (Exception failure) when (failure is ClusteringException or LogNotOpenedException or OptionsValidationException or IOException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }
    }

    private static bool IsAddressSet(ConfigurationManager settings) =>
        settings["urls"] is not null || settings["http_ports"] is not null || settings["https_ports"] is not null || settings.GetSection("Kestrel:Endpoints").Exists();
}
