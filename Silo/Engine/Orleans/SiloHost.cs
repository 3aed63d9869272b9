using Microsoft.Extensions.Options;
using Notify.Clustering;
using Notify.Grains.Log;
using Notify.Telemetry;

namespace Notify.Silo.Engine;

/// <summary>The executable on the engine Orleans: a silo of the cluster that the settings describe, with an HTTP port for health and metrics.</summary>
internal static partial class SiloHost
{
    private const string AnyFreePort = "http://127.0.0.1:0";
    private const string DashboardSetting = "Notify:Silo:Dashboard";

    /// <summary>Runs a silo until it is told to stop; 1 when its settings or what it needs do not let it start.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            var builder = WebApplication.CreateBuilder(arguments);
            builder.Configuration.UseQuietLogs();
            if (!IsAddressSet(builder.Configuration)) builder.WebHost.UseUrls(AnyFreePort); // several silos of one machine do not meet there
            bool hasDashboard = builder.Configuration.GetValue<bool>(DashboardSetting);
            builder.UseOrleans(silo =>
            {
                silo.UseNotifyClustering(builder.Configuration).AddNotifySilo();
                if (!hasDashboard) return;
                bool isBuilt = false;
                AddDashboard(silo, ref isBuilt);
                if (!isBuilt) throw new ClusteringException($"{DashboardSetting}=true needs a build with NotifyDashboard=true.");
            });
            builder.Services.AddNotifyOtlp(builder.Configuration, "notify-silo");
            await using var app = builder.Build();
            app.MapNotifyHealth();
            app.MapGet("/metrics", app.Services.GetRequiredService<MetricsCollection>().AnswerAsync);
            if (hasDashboard) MapDashboard(app);
            await app.RunAsync();
            return 0;
        }
        catch (Exception failure) when (failure is ClusteringException or LogNotOpenedException or OptionsValidationException or IOException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }
    }

    /// <summary>Adds the Orleans dashboard, if it is in this build.</summary>
    static partial void AddDashboard(ISiloBuilder silo, ref bool isBuilt);

    static partial void MapDashboard(WebApplication app);

    private static bool IsAddressSet(ConfigurationManager settings) =>
        settings["urls"] is not null || settings["http_ports"] is not null || settings["https_ports"] is not null || settings.GetSection("Kestrel:Endpoints").Exists();
}
