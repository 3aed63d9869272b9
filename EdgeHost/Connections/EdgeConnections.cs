using System.Diagnostics.CodeAnalysis;
using Notify.EdgeHost.Telemetry;
using Notify.Protocol;

namespace Notify.EdgeHost.Connections;

/// <summary>All connections of this edge: look-up, pings, closes that are not answered. Under the delivery worker only.</summary>
internal sealed class EdgeConnections(ConnectionOptions options, EdgeMetrics metrics, ILogger logger)
{
    private static readonly Frame WebSocketPing = new(WebSocketFrames.Ping, FrameLoss.Drops);
    private static readonly Frame SsePing = new(SseEventWriter.Ping.ToArray(), FrameLoss.Drops);

    private readonly Dictionary<string, Connection> _byLocal = [];
    private readonly PingWheel _wheel = new((int)options.PingEvery.TotalSeconds, (int)options.PingTimeout.TotalSeconds);
    private readonly Queue<Connection> _closing = [];
    private TaskCompletionSource? _empty;

    /// <summary>What else is to happen with a connection that is pinged.</summary>
    public Action<Connection> OnPing { get; init; } = static _ => { };

    /// <summary>How many.</summary>
    public int Count => _byLocal.Count;

    /// <summary>All.</summary>
    public IReadOnlyCollection<Connection> All => _byLocal.Values;

    /// <summary>Finds one by the local part of its id.</summary>
    public bool TryFind(string local, [NotNullWhen(true)] out Connection? connection) => _byLocal.TryGetValue(local, out connection);

    /// <summary>Takes one in.</summary>
    public void Add(Connection connection)
    {
        _byLocal.Add(connection.Entry.Id.Local, connection);
        _wheel.Add(connection);
        metrics.Connected(connection.Transport.Kind);
        EdgeLog.Connected(logger, connection.Entry.Id, connection.Transport.Kind);
    }

    /// <summary>Lets one go.</summary>
    public void Remove(Connection connection)
    {
        if (!_byLocal.Remove(connection.Entry.Id.Local)) return;
        _wheel.Remove(connection);
        metrics.Disconnected(connection.Transport.Kind);
        if (connection.ClosedBy is { } reason) metrics.Closed(reason.Code);
        EdgeLog.Disconnected(logger, connection.Entry.Id, connection.ClosedBy?.Code);
        if (_byLocal.Count == 0) _empty?.TrySetResult();
    }

    /// <summary>Closes one; if it does not answer in time, it is cut off. What waits is dropped if the close says so.</summary>
    public void Close(Connection connection, CloseReason reason, TimeSpan now, bool discardWaiting = true)
    {
        if (!connection.Close(reason, discardWaiting)) return;
        EdgeLog.Closing(logger, connection.Entry.Id, reason.Code, reason.Text);
        connection.CloseDeadline = now + options.CloseTimeout;
        _closing.Enqueue(connection);
    }

    /// <summary>A second has passed.</summary>
    public void Tick(TimeSpan now)
    {
        while (_closing.TryPeek(out var connection) && connection.CloseDeadline <= now)
        {
            _ = _closing.Dequeue();
            if (!connection.HasLeft) connection.Transport.Abort();
        }

        _wheel.Tick(out var ping, out var check);
        foreach (var connection in check) Check(connection, now);
        foreach (var connection in ping)
        {
            if (connection.Outbox.IsStalledSinceLastAsked()) OnStalled(connection, now);
            OnPing(connection);
            Ping(connection);
        }
    }

    /// <summary>Done when no connection is left.</summary>
    public Task WhenEmptyAsync()
    {
        if (_byLocal.Count == 0) return Task.CompletedTask;
        return (_empty ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>It has taken nothing for a whole interval: over SSE, which answers no ping, this is how a client goes that reads no more.</summary>
    private void OnStalled(Connection connection, TimeSpan now)
    {
        if (connection.ClosedBy is null) Close(connection, new(CloseCodes.Slow, "stalled"), now);
        else connection.Transport.Abort();
    }

    private static void Ping(Connection connection)
    {
        connection.BadFrames = 0;
        connection.RefusedFrames = 0;
        connection.IsPinged = connection.Transport.Kind == ConnectionTransport.WebSocket;
        _ = connection.TakeHeard();
        _ = connection.Send(connection.IsPinged ? WebSocketPing : SsePing);
    }

    private void Check(Connection connection, TimeSpan now)
    {
        if (!connection.IsPinged) return;
        connection.IsPinged = false;
        if (connection.TakeHeard()) return;
        if (connection.ClosedBy is null) Close(connection, new(CloseCodes.Silent, "silent"), now);
        else connection.Transport.Abort(); // closed elsewhere, and not answered for a whole interval
    }
}
