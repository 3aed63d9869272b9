using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Notify.Grains.Channels;
using Notify.Grains.Edges;
using Notify.Grains.Log;
using Notify.Grains.Sessions;
using Notify.Grains.Telemetry;
using Notify.Grains.Users;
using Notify.Silo.Engine;
using Notify.Silo.Health;
using Notify.Silo.Log;
using Notify.Streams;
using Notify.Telemetry;
using Orleans.Configuration;

namespace Notify.Silo;

/// <summary>Makes a silo host the grains of Notify.</summary>
public static class NotifySiloBuilderExtensions
{
    // A push may wait for the log and, when that fails, for loading the channel again: twice the log's 5 seconds. Longer would
    // only keep callers of a dead silo waiting.
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(10);

    // An activation's memory answers repeats sooner and better than the log: keep it for as long as repeats may come.
    private static readonly TimeSpan CollectionMargin = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Adds channels, their log, the edge directory, the outboxes towards edges and the stream provider of the settings. Settings are
    /// read from the section "Notify" and checked when the host starts. Idempotent.
    /// </summary>
    public static ISiloBuilder AddNotifySilo(this ISiloBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        if (services.Any(service => service.ServiceType == typeof(ChannelServices))) return builder;

        services.AddNotifyMetrics();
        SiloHealth.Add(services);
        services.AddEdgeStreams();
        AddOptions<ChannelOptions>(services, ChannelOptions.Section);
        AddOptions<EdgeOutboxOptions>(services, EdgeOutboxOptions.Section);
        AddOptions<EdgeLeaseOptions>(services, EdgeLeaseOptions.Section);
        AddOptions<SessionListOptions>(services, SessionListOptions.Section);
        AddOptions<PresenceOptions>(services, PresenceOptions.Section);
        AddOptions<ChannelLogOptions>(services, ChannelLogOptions.Section)
            .Validate(options => Kinds.All(kind => IsValid(options.Of(kind))), "Notify:Log: a CountLimit must be 1 or more and an AgeLimit 1 second or more.");

        services.AddOptions<GrainCollectionOptions>().Configure<IOptions<ChannelOptions>>(static (collection, channels) =>
        {
            var age = channels.Value.DedupeWindow + CollectionMargin;
            if (collection.CollectionAge < age) collection.CollectionAge = age;
        });
        services.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = ResponseTimeout);

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<MonotonicClock>();
        services.AddSingleton<SiloMetrics>();
        services.AddChannelLog();
        services.AddSingleton<EdgeOutboxes>();
        services.AddSingleton<IEdgeObservers>(provider => provider.GetRequiredService<EdgeOutboxes>());
        services.AddSingleton<EdgePumps>();
        services.AddSingleton<ChannelServices>();
        builder.AddEngine();
        services.AddHostedService<EdgeSync>();
        return builder;
    }

    private static readonly ChannelKind[] Kinds = Enum.GetValues<ChannelKind>();

    private static OptionsBuilder<TOptions> AddOptions<TOptions>(IServiceCollection services, string section) where TOptions : class =>
        services.AddOptions<TOptions>().BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();

    // DataAnnotations do not look into nested objects.
    private static bool IsValid(RetentionOptions retention) => retention.CountLimit >= 1 && retention.AgeLimit >= TimeSpan.FromSeconds(1);
}
