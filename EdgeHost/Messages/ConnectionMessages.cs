using System.Net;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Limits;
using Notify.Protocol;

namespace Notify.EdgeHost.Messages;

/// <summary>What one WebSocket connection may send, and its messages' way to their handlers.</summary>
internal sealed class ConnectionMessages(Connection connection, IPAddress? address, ClientLimits limits, MessageHandling handling)
{
    private readonly ClientMeter _meter = limits.MeterOf(new(connection.Entry.Tenant, connection.Entry.User), address);
    private MessageQueue? _queue; // made with the first message: most clients send none

    /// <summary>Refusals within one ping interval that the connection survives.</summary>
    public int RefusalsLimitCount => limits.RefusalsLimitCount;

    /// <summary>Whether a frame of so many bytes is within the limits. The reader's.</summary>
    public bool TryTake(int bytes) => _meter.TryTake(bytes);

    /// <summary>Takes a message for its handler, which answers; false when too many wait. The reader's.</summary>
    public bool TryPost(ClientFrame message) => (_queue ??= MakeQueue()).TryPost(message);

    /// <summary>The connection is over: what waits is dropped. A handler that runs goes on; its token is cancelled by the connection. The reader's.</summary>
    public void End() => _queue?.End();

    private MessageQueue MakeQueue() => new(connection.Client, handling, (asked, said) => _ = connection.Send(new(said.ToFrame(asked), FrameLoss.Closes)));
}
