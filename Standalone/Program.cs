using Notify.EdgeHost;
using Notify.EdgeHost.Lifecycle;
using Notify.EdgeHost.Security;
using Notify.Silo;
using Orleans.Hosting;

namespace Notify.Standalone;

/// <summary>One process: a silo and an edge.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        await using var app = StandaloneHost.Build(args);
        try
        {
            await app.StartAsync();
        }
        catch (Exception failure) when (failure is InsecureStartException or IOException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }

        var serving = app.Services.GetRequiredService<EdgeService>().WhenServing;
        var stopping = new TaskCompletionSource();
        await using var onStop = app.Lifetime.ApplicationStopping.Register(stopping.SetResult);
        if (await Task.WhenAny(serving, stopping.Task) == serving)
            Console.WriteLine($"Notify is ready: open {string.Join(" or ", app.Urls)} (Ctrl+C stops it)");
        await app.WaitForShutdownAsync();
        return 0;
    }
}

/// <summary>Puts the process together.</summary>
internal static class StandaloneHost
{
    // Less talk than the defaults; settings and environment variables come after this and win.
    private static readonly Dictionary<string, string?> Defaults = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:Orleans"] = "Warning",
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "None", // what stops a start is said by Main
    };

    /// <summary>A built application that is not started yet.</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = Defaults });
        builder.UseDefaultAddress();
        builder.UseOrleans(silo => silo.UseLocalhostClustering().AddNotifySilo());
        builder.Services.AddNotifyEdge(builder.Configuration);
        var app = builder.Build();
        app.MapNotify();
        return app;
    }
}
