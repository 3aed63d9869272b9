using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Delivery;
using Notify.EdgeHost.Telemetry;
using Notify.EdgeHost.Transports;
using Notify.Streams;
using Notify.Tests.EdgeHost.Connections;
using Xunit;

namespace Notify.Tests.EdgeHost.Delivery;

/// <summary>A channel with members, its fan-out, and the worker that runs it step by step on the test's own thread.</summary>
internal sealed class HandDrivenFanOut : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly EdgeMetrics _metrics;
    private long _serial;
    private long _offset;

    public HandDrivenFanOut()
    {
        _metrics = new(_services.GetRequiredService<IMeterFactory>());
        FanOut = new((connection, reason) => connection.Close(reason), TimeProvider.System, _metrics, NullLogger.Instance)
        {
            Backlogs = new(new() { RunLimitBytes = 0 }),
            Admits = static (_, _, _) => true,
            OnFull = static (_, _, _) => Assert.Fail("An outbox was full."),
        };
        Worker = new(16, static _ => { }, FanOut.Flush, NullLogger.Instance);
    }

    public FanOut FanOut { get; }

    public DeliveryWorker Worker { get; }

    public ChannelEntry Entry { get; } = new(new EveryoneId("").Channel, new());

    /// <summary>A connection that is welcomed, and a member.</summary>
    public Connection Join(ITransport transport)
    {
        var connection = TestConnections.Make(++_serial, transport);
        connection.IsWelcomed = true;
        Members.Join(Entry, connection);
        return connection;
    }

    /// <summary>Has the next retained notification of the channel emitted.</summary>
    public void PushToAll(string id) => Worker.Post(() =>
    {
        FanOut.Target = Entry;
        FanOut.Emit(new() { Kind = DeliveryKind.Retained, Channel = Entry.Id, Position = new(1, ++_offset), Notification = NotificationOf(id) });
    });

    /// <summary>Has a notification for one connection emitted.</summary>
    public void PushTo(Connection connection, string id) => Worker.Post(() =>
        FanOut.EmitTo(connection, new() { Kind = DeliveryKind.Direct, Connection = connection.Entry.Id, Notification = NotificationOf(id) }));

    public void Dispose()
    {
        Worker.Dispose();
        _metrics.Dispose();
        _services.Dispose();
    }

    private static Notification NotificationOf(string id) => Notification.Json("tick", new { id }) with { Id = id, Time = DateTimeOffset.UnixEpoch };
}
