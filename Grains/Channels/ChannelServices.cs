using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Notify.Grains.Edges;
using Notify.Grains.Log;
using Notify.Grains.Telemetry;

namespace Notify.Grains.Channels;

/// <summary>What all channels of a silo share; one object, so that an activation holds one reference.</summary>
internal sealed class ChannelServices(
    IChannelLog log,
    EdgeOutboxes outboxes,
    ISiloMembership membership,
    MonotonicClock clock,
    IOptions<ChannelOptions> options,
    SiloMetrics metrics,
    ILogger<ChannelCore> logger)
{
    public IChannelLog Log => log;

    public EdgeOutboxes Outboxes => outboxes;

    public string Silo => membership.LocalSilo;

    public MonotonicClock Clock => clock;

    public ChannelOptions Options { get; } = options.Value;

    public AppendDeadlines Deadlines { get; } = new(options.Value.LogTimeout, clock.Time);

    public SiloMetrics Metrics => metrics;

    public ILogger<ChannelCore> Logger => logger;
}
