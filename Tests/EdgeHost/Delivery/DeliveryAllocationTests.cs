using System.Net;
using System.Net.Sockets;
using System.Text;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Transports;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Delivery;

/// <summary>From the worker's step to the kernel: what is allocated for a push does not depend on how many it goes to.</summary>
[Collection(Heavy.Name)]
public sealed class DeliveryAllocationTests(ITestOutputHelper output)
{
    private const int Members = 300; // more than a slice
    private const int Pushes = 64;

    [Theory]
    [InlineData(ConnectionTransport.WebSocket, 1)]
    [InlineData(ConnectionTransport.WebSocket, 4)]
    [InlineData(ConnectionTransport.WebSocket, 16)]
    [InlineData(ConnectionTransport.Sse, 1)]
    [InlineData(ConnectionTransport.Sse, 4)]
    public void Deliveries_ToSocketsThatTakeThem_AllocateNothing(ConnectionTransport transport, int pushesAtOnce)
    {
        long forOne = Measure(transport, members: 1, pushesAtOnce);
        long forAll = Measure(transport, Members, pushesAtOnce);
        output.WriteLine($"{Pushes} pushes allocate {forOne:N0} bytes for one member, {forAll:N0} for {Members}");
        Assert.True(forOne > 0, "nothing was measured");
        Assert.Equal(forOne, forAll);
    }

    private static long Measure(ConnectionTransport kind, int members, int pushesAtOnce)
    {
        using var hand = new HandDrivenFanOut();
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(Members);
        var sockets = new List<Socket>();
        try
        {
            var connections = new List<Connection>();
            for (int i = 0; i < members; i++)
            {
                var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(client);
                client.Connect(listener.LocalEndPoint!);
                var server = listener.Accept();
                sockets.Add(server);
                (server.Blocking, server.NoDelay) = (false, true); // as the server's are
                var link = new ClientLink(Stream.Null, server, static () => Assert.Fail("A connection was cut off."));
                var connection = hand.Join(kind == ConnectionTransport.Sse ? new SseTransport(link, makesChunks: true) : new WebSocketTransport(link));
                if (kind == ConnectionTransport.Sse) _ = connection.Send(new("event: welcome\n\n"u8.ToArray(), FrameLoss.Closes) { Cursor = new Cursor() });
                connections.Add(connection);
            }

            _ = Push(hand, pushesAtOnce); // everything has been there once
            long allocated = Push(hand, pushesAtOnce);
            Assert.All(connections, connection => Assert.Equal(0, connection.Outbox.Bytes));
            foreach (var client in sockets.Where((_, i) => i % 2 == 0)) ReceiveAll(client);
            return allocated;
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static void ReceiveAll(Socket client)
    {
        client.ReceiveTimeout = (int)Awaited.Limit.TotalMilliseconds;
        var text = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (text.ToString().Split("\"id\":\"id\"}").Length - 1 < 2 * Pushes) _ = text.Append(Encoding.Latin1.GetString(buffer, 0, client.Receive(buffer)));
    }

    /// <summary>What so many pushes allocate on this thread, which does everything.</summary>
    private static long Push(HandDrivenFanOut hand, int atOnce)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Pushes; i += atOnce)
        {
            for (int j = 0; j < atOnce; j++) hand.PushToAll("id");
            while (hand.Worker.Step())
            {
            }
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
