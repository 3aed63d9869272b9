using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Notify.Grains.Channels;
using Notify.Grains.Edges;
using Notify.Grains.Log;
using Notify.Grains.Telemetry;
using Notify.Streams;
using Notify.Tests.Platform;
using Notify.Tests.Time;

namespace Notify.Tests.Grains.Channels;

/// <summary>One channel's core on a work bench: a scripted log, a hand-driven clock, and turns like a grain's.</summary>
internal sealed class ChannelBench : IDisposable
{
    private readonly ServiceProvider _provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly TaskScheduler _turns = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
    private readonly SiloMetrics _metrics;
    private readonly MonotonicClock _clock;
    private long _version;

    public ChannelBench(ChannelId? channel = null, ChannelOptions? options = null)
    {
        Options = options ?? new();
        Channel = channel ?? new UserId("", "alice").Channel;
        _metrics = new(_provider.GetRequiredService<IMeterFactory>());
        _clock = new(Time);
        Memory = new(new(), Options.DedupeWindow, Options.DedupeLimitEntries, Time);
        Log = new(Memory);
        Outboxes = new(new OneSilo(), Microsoft.Extensions.Options.Options.Create(new EdgeOutboxOptions()), Time, _metrics);
        Core = NewActivation("a1");
    }

    public ManualTimeProvider Time { get; } = new();

    public ChannelOptions Options { get; }

    public ChannelId Channel { get; }

    public MemoryChannelLog Memory { get; }

    public ScriptedLog Log { get; }

    public EdgeOutboxes Outboxes { get; }

    public ChannelCore Core { get; }

    /// <summary>Another activation over the same log and outboxes.</summary>
    public ChannelCore NewActivation(string name, IChannelLog? log = null) => new(Channel, name, new(
        log ?? Log, Outboxes, new OneSilo(), _clock, Microsoft.Extensions.Options.Options.Create(Options), _metrics, NullLogger<ChannelCore>.Instance));

    /// <summary>Starts a call in the activation's turns.</summary>
    public Task<T> CallAsync<T>(Func<ChannelCore, Task<T>> call, ChannelCore? core = null) =>
        Task.Factory.StartNew(() => call(core ?? Core), CancellationToken.None, TaskCreationOptions.None, _turns).Unwrap();

    public Task CallAsync(Func<ChannelCore, Task> call, ChannelCore? core = null) =>
        Task.Factory.StartNew(() => call(core ?? Core), CancellationToken.None, TaskCreationOptions.None, _turns).Unwrap();

    public Task CallAsync(Action<ChannelCore> call) =>
        Task.Factory.StartNew(() => call(Core), CancellationToken.None, TaskCreationOptions.None, _turns);

    /// <summary>Starts a push.</summary>
    public Task<PushReceipt> PushAsync(string id, bool retain = true, ChannelCore? core = null) =>
        CallAsync(c => c.PushAsync(new() { Id = id, Payload = "0"u8.ToArray(), Retain = retain }), core);

    public Task<PushReceipt> PushAsync(Notification notification) => CallAsync(core => core.PushAsync(notification));

    /// <summary>A push and its receipt.</summary>
    public Task<PushReceipt> PushedAsync(string id, bool retain = true) => PushAsync(id, retain).Within($"the receipt of {id}");

    public Task<AttachResult> AttachAsync(EdgeId edge, int connections = 1, ChannelCore? core = null) =>
        CallAsync(c => c.AttachAsync(new(edge, ++_version, connections,
            [.. Enumerable.Range(1, connections).Select(i => Entry(edge, i))])), core).Within("the answer to an attach");

    public Task DetachAsync(EdgeId edge) => CallAsync(core => core.Detach(new(edge, ++_version)));

    public static ConnectionEntry Entry(EdgeId edge, int number) =>
        new() { Id = new(edge, $"c{number}"), User = "alice", ConnectedAt = DateTimeOffset.UnixEpoch.AddSeconds(number) };

    /// <summary>What waits for the edge, taken out.</summary>
    public ImmutableArray<EdgeDelivery> TakeDeliveries(EdgeId edge)
    {
        var outbox = Outboxes.Find(edge)!.Outbox;
        if (outbox.Next(["s"]) is not { } batch) return [];
        outbox.Confirm(batch.LastSequence);
        return batch.Deliveries;
    }

    /// <summary>Kind, offset and id of what waits for the edge, taken out.</summary>
    public string[] Take(EdgeId edge) =>
        [.. TakeDeliveries(edge).Select(delivery => $"{delivery.Kind} {delivery.Position.Offset} {delivery.Notification?.Id}".TrimEnd())];

    public void Dispose()
    {
        _metrics.Dispose();
        _provider.Dispose();
    }

    internal sealed class OneSilo : ISiloMembership
    {
        public string LocalSilo => "silo-1";

        public ImmutableArray<string> AliveSilos { get; set; } = ["silo-1"];

        public bool IsConfirmed { get; set; } = true;
    }
}
