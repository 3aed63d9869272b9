using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Notify.Grains.Channels;
using Notify.Grains.Edges;
using Notify.Grains.Log;
using Notify.Grains.Log.Files;
using Notify.Grains.Telemetry;
using Notify.Silo.Log.Postgres;

namespace Notify.Silo.Log;

/// <summary>Chooses the store of channel logs by <see cref="ChannelLogOptions.Store"/>.</summary>
internal static class ChannelLogs
{
    /// <summary>Adds the store, and opens and closes it with the host.</summary>
    public static void AddChannelLog(this IServiceCollection services)
    {
        services.AddOptions<PostgresLogOptions>().BindConfiguration(PostgresLogOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(Create);
        services.AddHostedService<ChannelLogHost>();
        services.TryAddSingleton(CreateEdgeStore);
    }

    // Beside the log where that is shared by silos. One silo with a file of its own starts with its edges, or without them.
    private static IEdgeStore CreateEdgeStore(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<ChannelLogOptions>>().Value;
        return options.Store == ChannelLogStore.Postgres
            ? new PostgresEdgeStore(options, provider.GetRequiredService<IOptions<PostgresLogOptions>>().Value)
            : new NoEdgeStore();
    }

    private static IChannelLog Create(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<ChannelLogOptions>>().Value;
        var channels = provider.GetRequiredService<IOptions<ChannelOptions>>().Value;
        var time = provider.GetRequiredService<TimeProvider>();
        var metrics = provider.GetRequiredService<SiloMetrics>();
        var loggers = provider.GetRequiredService<ILoggerFactory>();
        var dedupe = new DedupeLimits(channels.DedupeWindow, channels.DedupeLimitEntries);
        switch (options.Store)
        {
            case ChannelLogStore.Memory:
                var memory = new MemoryChannelLog(options, channels.DedupeWindow, channels.DedupeLimitEntries, time);
                ChannelLogMetrics.Observe(memory, metrics);
                return memory;
            case ChannelLogStore.File:
                var file = new FileChannelLog(options, dedupe, time, loggers.CreateLogger<FileChannelLog>());
                ChannelLogMetrics.Observe(file, metrics);
                return file;
            case ChannelLogStore.Postgres:
                var limits = provider.GetRequiredService<IOptions<PostgresLogOptions>>().Value;
                var postgres = new PostgresChannelLog(options, limits, dedupe, time, loggers.CreateLogger<PostgresChannelLog>());
                ChannelLogMetrics.Observe(postgres, metrics);
                return postgres;
            default:
                throw new InvalidOperationException($"Notify:Log:Store is '{options.Store}'; it must be Memory, File or Postgres.");
        }
    }
}
