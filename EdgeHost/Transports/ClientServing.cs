using System.Net;
using Microsoft.Extensions.Options;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Lifecycle;
using Notify.EdgeHost.Limits;
using Notify.EdgeHost.Messages;
using Notify.EdgeHost.Security;
using Notify.EdgeHost.Telemetry;

namespace Notify.EdgeHost.Transports;

/// <summary>Serves clients whose handshake was answered, from their admission to the edge to their end, whichever way they came in.</summary>
internal sealed class ClientServing(
    ClientLimits limits, MessageHandling handling, TokenRenewal renewal, IOptions<ConnectionOptions> options, TimeProvider clock, EdgeMetrics metrics)
{
    /// <summary>Serves a WebSocket; <paramref name="begun"/> came behind the handshake.</summary>
    public async Task ServeWebSocketAsync(ClientLink link, Edge edge, ConnectRequest request, IPAddress? address, byte[] begun)
    {
        var connection = edge.Admit(request.Identity, new WebSocketTransport(link));
        var messages = new ConnectionMessages(connection, address, limits, handling);
        using var reader = new WebSocketReader(connection, edge, renewal, messages, options.Value, metrics);
        edge.Join(connection, request.Topics, request.Resume);
        bool isThere = false;
        try
        {
            isThere = await reader.RunAsync(link, begun);
            await WhenWrittenAsync(connection.Outbox, connection.Transport);
        }
        finally
        {
            edge.Leave(connection);
            messages.End();
            connection.Client.End();
            await connection.Outbox.EndAsync();
        }

        // A client that has closed waits for the connection's end, and knows it from a socket alone.
        if (isThere && (link.IsStraight || !reader.IsClosedByClient)) await link.DiscardAsync(options.Value.CloseTimeout, clock);
    }

    /// <summary>Serves a stream of events until its goodbye is written or somebody says that the client is gone.</summary>
    public static async Task ServeEventsAsync(SseTransport transport, Edge edge, ConnectRequest request)
    {
        var connection = edge.Admit(request.Identity, transport);
        edge.Join(connection, request.Topics, request.Resume);
        try
        {
            await transport.Over;
        }
        finally
        {
            edge.Leave(connection);
            connection.Client.End();
            await connection.Outbox.EndAsync();
        }
    }

    /// <summary>Gives what is still being written its time, the close frame above all.</summary>
    public async Task WhenWrittenAsync(ConnectionOutbox outbox, ITransport transport)
    {
        try
        {
            await outbox.WhenWrittenAsync().WaitAsync(options.Value.CloseTimeout, clock);
        }
        catch (TimeoutException)
        {
            transport.Abort();
        }
    }
}
