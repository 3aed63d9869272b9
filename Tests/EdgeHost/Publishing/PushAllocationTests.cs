using System.Net.Sockets;
using System.Text;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Publishing;

/// <summary>
/// What one push over HTTP allocates on its whole way to the socket: server, endpoint, grain call, log, outbox, stream, fan-out. What is
/// retained (notification, its id, payload, frame, places in log, dedupe window and backlog) is part of it. The bounds are half as much
/// again as was measured; who breaks one has put something on the path of every push.
/// </summary>
[Collection(Heavy.Name)]
public sealed class PushAllocationTests
{
    private const int WarmUpPushes = 3_000;
    private const int Pushes = 3_000;

#if NOTIFY_ORLEANS
    private const int SingleLimitBytes = 14_500;
    private const int ListedLimitBytes = 12_000;
#else
    private const int SingleLimitBytes = 4_500;
    private const int ListedLimitBytes = 4_500;
#endif

    [Fact]
    public async Task Push_ToAUser_AllocatesAtMostSoMuch()
    {
        await using var platform = await StartAsync();
        using var receiver = Receive(platform.Edge, "alone");
        string body = $$"""{"data":"{{new string('x', 128)}}"}""";
        Measure(platform.Edge, "/api/push/users/alone", body, "202", 1, SingleLimitBytes);
    }

    [Fact]
    public async Task Push_ToAHundredUsersInOneRequest_AllocatesAtMostSoMuchForEach()
    {
        const int Users = 100;
        await using var platform = await StartAsync();
        var receivers = Enumerable.Range(0, Users).Select(i => Receive(platform.Edge, $"one-of-many-{i}")).ToList();
        string body = $"[{string.Join(',', Enumerable.Range(0, Users).Select(i => $$"""{"target":{"kind":"user","id":"one-of-many-{{i}}"},"data":"{{new string('x', 128)}}"}"""))}]";
        Measure(platform.Edge, "/api/push", body, "200", Users, ListedLimitBytes);
        receivers.ForEach(receiver => receiver.Dispose());
    }

    private static Task<TestPlatform> StartAsync() => TestPlatform.StartAsync(new() { ShortCircuit = true, Settings = { ["Notify:Log:Store"] = "Memory" } });

    private static void Measure(TestEdgeHost edge, string path, string body, string status, int pushesInOne, int limitBytes)
    {
        using var pusher = new QuietPusher(edge.Address, path, body);
        byte[] wanted = Encoding.ASCII.GetBytes(status);
        pusher.Push(WarmUpPushes / pushesInOne, wanted);
        string types;
        using (var listener = new AllocatedTypes())
        {
            pusher.Push(Pushes / pushesInOne, wanted);
            types = listener.Most(25);
        }

        long before = GC.GetTotalAllocatedBytes(precise: true);
        pusher.Push(Pushes / pushesInOne, wanted);
        long each = (GC.GetTotalAllocatedBytes(precise: true) - before) / Pushes;
        TestContext.Current.TestOutputHelper?.WriteLine($"{each} bytes a push of {limitBytes} allowed: {types}");
        Assert.True(each <= limitBytes, $"A push allocates {each} bytes, {limitBytes} are allowed. What is allocated: {types}");
    }

    /// <summary>A client that is connected and takes everything, without allocating anything.</summary>
    private static Socket Receive(TestEdgeHost edge, string user)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(edge.Address.Host, edge.Address.Port);
        _ = socket.Send(Encoding.ASCII.GetBytes(
            $"GET /ws?userid={user} HTTP/1.1\r\nHost: {edge.Address.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"));
        byte[] buffer = new byte[16 * 1024];
        string welcome = "";
        while (!welcome.Contains("\"welcome\"", StringComparison.Ordinal))
        {
            int length = socket.Receive(buffer);
            if (length == 0) throw new IOException($"No welcome: {welcome}");
            welcome += Encoding.UTF8.GetString(buffer, 0, length);
        }

        // Nothing reads the rest: what is pushed here fits the sockets' buffers, and a reader would have to be counted out.
        return socket;
    }
}
