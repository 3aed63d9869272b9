using System.Text;
using Notify.Protocol;
using Notify.Tests.Platform;

namespace Notify.Tests.EndToEnd.Hostile;

/// <summary>Those who take their time, or end in the middle: the server's own time-outs cut them off.</summary>
internal static class SlowAttacks
{
    private static readonly TimeSpan BetweenBytes = TimeSpan.FromMilliseconds(100);

    /// <summary>They last until they are cut off; a round waits for them once.</summary>
    public static IEnumerable<Attack> Lasting =>
    [
        new("handshakes of a byte each 100 ms", ["408", "cut"], (target, r) => DribbleAsync(target, target.Handshake(token: target.NewToken(), headers: $"x: {new string('y', 5_000)}\r\n"), 16), Count: 40),
        new("sockets that never send", ["cut"], async (target, random) => await target.SendRawAsync(""), Count: 40),
        new("bodies of a byte each 100 ms", ["408", "cut"], async (target, random) =>
        {
            string head = target.Request("POST", "/api/push/users/nobody", "Content-Type: application/json\r\nContent-Length: 5000\r\n");
            return await DribbleAsync(target, head + new string(' ', 5_000), head.Length);
        }, Count: 10),
        new("first messages that never come", ["close 4001"], async (target, random) =>
        {
            using var socket = await WithoutTokenAsync(target);
            return await socket.EndingAsync();
        }, Count: 10),
        new("first messages of a byte each 100 ms", ["close 4001", "cut"], async (target, random) =>
        {
            using var socket = await WithoutTokenAsync(target);
            return await DribbleAsync(socket, RawWebSocket.FrameOf((byte)WebSocketOpcode.Text, new byte[5_000]), socket.EndingAsync());
        }, Count: 10),
        new("clients that never answer a ping", ["close 4203"], async (target, random) =>
        {
            using var socket = await target.OpenAsync();
            return await socket.EndingAsync();
        }, Count: 10),
    ];

    /// <summary>They end at once.</summary>
    public static IEnumerable<Attack> Short =>
    [
        new("first messages that are no token", ["close 4001"], async (target, r) =>
        {
            using var socket = await WithoutTokenAsync(target);
            _ = await socket.SendTextAsync(MessageAttacks.Pick(r, "", "{}", """{"type":"ping"}""", """{"type":"token"}""", """{"type":"token","token":"a.b.c"}""", """{"type":"token","token":""}"""));
            return await socket.EndingAsync();
        }),
        new("first messages over the limit", ["close 1009"], async (target, random) =>
        {
            using var socket = await WithoutTokenAsync(target);
            _ = await socket.SendTextAsync(new string('x', 100_000));
            return await socket.EndingAsync();
        }),
        new("half-closed after the welcome", ["cut"], async (target, random) =>
        {
            using var socket = await target.OpenAsync();
            socket.FinishSending();
            return await socket.EndingAsync();
        }),
        new("half-closed within a message", ["cut"], async (target, r) =>
        {
            using var socket = await target.OpenAsync();
            byte[] frame = RawWebSocket.FrameOf((byte)WebSocketOpcode.Text, new byte[10_000]);
            _ = await socket.SendAsync(frame.AsMemory(0, r.Next(1, frame.Length)));
            socket.FinishSending();
            return await socket.EndingAsync();
        }),
        new("reset within the handshake", ["gone"], async (target, r) =>
        {
            using var socket = await target.ConnectAsync();
            string request = target.Handshake(token: target.NewToken());
            _ = await socket.SendAsync(request[..r.Next(request.Length + 1)]);
            socket.Reset();
            return "gone";
        }, Count: 10),
        new("reset right after the handshake", ["gone"], async (target, random) =>
        {
            using var socket = await target.ConnectAsync();
            _ = await socket.SendAsync(target.Handshake($"?topics=a,b,c", token: target.NewToken()));
            _ = await socket.StatusAsync();
            socket.Reset();
            return "gone";
        }, Count: 10),
        new("reset within a message", ["gone"], async (target, r) =>
        {
            using var socket = await target.OpenAsync();
            byte[] frame = RawWebSocket.FrameOf((byte)WebSocketOpcode.Text, new byte[10_000]);
            _ = await socket.SendAsync(frame.AsMemory(0, r.Next(frame.Length)));
            socket.Reset();
            return "gone";
        }, Count: 10),
        new("event streams that are reset", ["gone"], async (target, random) =>
        {
            using var socket = await target.ConnectAsync();
            _ = await socket.SendAsync($"GET /sse?access_token={target.NewToken()} HTTP/1.1\r\nHost: {target.Edge.Authority}\r\n\r\n");
            if (await socket.StatusAsync() is not "200" and var status) return status;
            socket.Reset();
            return "gone";
        }, Count: 10),
    ];

    private static async Task<HostileSocket> WithoutTokenAsync(HostileTarget target)
    {
        var socket = await target.ConnectAsync();
        _ = await socket.SendAsync(target.Handshake("?auth=message"));
        _ = await socket.StatusAsync();
        return socket;
    }

    private static async Task<string> DribbleAsync(HostileTarget target, string text, int atOnce)
    {
        using var socket = await target.ConnectAsync();
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        _ = await socket.SendAsync(bytes.AsMemory(0, atOnce));
        return await DribbleAsync(socket, bytes[atOnce..], socket.StatusAsync());
    }

    private static async Task<string> DribbleAsync(HostileSocket socket, byte[] bytes, Task<string> ending)
    {
        using var timer = new PeriodicTimer(BetweenBytes);
        for (int i = 0; i < bytes.Length && !ending.IsCompleted; i++)
        {
            if (!await socket.SendAsync(bytes.AsMemory(i, 1))) break;
            _ = await timer.WaitForNextTickAsync();
        }

        return await ending;
    }
}
