using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;
using Notify.EdgeHost;
using Notify.EdgeHost.Lifecycle;
using Notify.EdgeHost.Security;
using Notify.Grains.Log;
using Notify.Silo;
using Notify.Telemetry;
using Orleans.Hosting;

namespace Notify.Standalone;

/// <summary>One process: a silo and an edge.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (args is ["make-key"])
        {
            PublisherKey.Make(Console.Out);
            return 0;
        }

        await using var app = StandaloneHost.Build(args);
        try
        {
            await app.StartAsync();
        }
        catch (Exception failure) when (failure is InsecureStartException or LogNotOpenedException or IOException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }

        var say = Announcements.Of(app);
        say.Retained(StandaloneHost.LogOf(app));
        var serving = app.Services.GetRequiredService<EdgeService>().WhenServing;
        var stopping = new TaskCompletionSource();
        await using var onStop = app.Lifetime.ApplicationStopping.Register(stopping.SetResult);
        if (await Task.WhenAny(serving, stopping.Task) == serving)
            say.Ready(string.Join(" or ", app.Urls));
        await app.WaitForShutdownAsync();
        return 0;
    }
}

/// <summary>Puts the process together.</summary>
internal static class StandaloneHost
{
    // The watch for changed settings covers all below the folder of the settings, and there the log writes with every push.
    private const string DoNotWatch = "--hostBuilder:reloadConfigOnChange=false";

    // Less talk than the defaults; settings and environment variables come after this and win.
    private static readonly Dictionary<string, string?> Defaults = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:Orleans"] = "Warning",
    };

    /// <summary>A built application that is not started yet.</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder([DoNotWatch, .. args]);
        var defaults = new Dictionary<string, string?>(Defaults)
        {
            // What was acknowledged outlives the process, in a folder beside what it was started from.
            ["Notify:Log:Store"] = nameof(ChannelLogStore.File),
            ["Notify:Log:Path"] = Path.Combine(builder.Environment.ContentRootPath, "data", "log"),
        };
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = defaults });
        builder.Configuration.UseQuietLogs();
        builder.UseDefaultAddress();
        builder.UseServerLimits();
        builder.WebHost.UseNotifyConnections();
        var ports = builder.Configuration.GetSection("Notify:Localhost"); // two on one machine need ports of their own
        builder.UseOrleans(silo => silo.UseLocalhostClustering(ports.GetValue("SiloPort", 11111), ports.GetValue("GatewayPort", 30000)).AddNotifySilo());
        builder.Services.AddNotifyEdge(builder.Configuration);
        builder.Services.AddNotifyOtlp(builder.Configuration, "notify-standalone");
        var app = builder.Build();
        app.MapNotify(shortCircuit: true);
        return app;
    }

    /// <summary>Where notifications are retained, for people.</summary>
    public static string LogOf(WebApplication app)
    {
        var log = app.Services.GetRequiredService<IOptions<ChannelLogOptions>>().Value;
        return log.Store switch
        {
            ChannelLogStore.Memory => "memory only: they go with this process (Notify:Log:Store)",
            ChannelLogStore.File => Path.GetFullPath(log.Path),
            _ => log.Store.ToString(),
        };
    }
}
