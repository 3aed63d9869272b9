using System.Text;
using Notify.Protocol;
using Notify.Tests.Platform;

namespace Notify.Tests.EndToEnd.Hostile;

/// <summary>Good frames, requests and bodies with some bytes changed, by the run's seed.</summary>
internal static class RandomAttacks
{
    private static readonly string[] Messages =
    [
        """{"type":"subscribe","topics":["stocks/AAPL","b"],"ref":1,"resume":"last:5"}""", """{"type":"unsubscribe","topics":["b"],"ref":"x"}""",
        """{"type":"ping","ref":3.5e2}""", """{"url":"orders/5/ack","body":{"a":[1,2,{"b":null}]},"ref":4}""", """{"type":"token","token":"a.b.c"}""",
    ];

    private static readonly string[] Bodies =
    [
        """{"event":"order.shipped","data":{"order":7,"x":[1,-2.5e3,"\u00e4"]},"id":"a","expiresAt":"2030-01-31T12:00:00Z","collapseKey":"k","retain":false}""",
        """{"data":1,"where":"attributes.role == \"x\" and not exists(component) or user in ('a',\"b\")","except":["8x50x79v3v82-1",{"kind":"user","id":"bob"}],"retain":false}""",
    ];

    public static IEnumerable<Attack> All =>
    [
        new("changed frames", ["cut", "close 1000", "close 1002", "close 1003", "close 1007", "close 1009", "close 4000", "closed with its own code"], FramesAsync, Count: 60),
        new("changed messages", ["cut", "close 4000", "close 1007"], MessagesAsync, Count: 40),
        new("changed handshakes", ["101", "4xx", "505", "cut"], (target, r) => RequestAsync(target, r, target.Handshake("?topics=a,b&resume=last:5&clientId=c", token: target.NewToken())), Count: 60),
        new("changed requests", ["200", "4xx", "505", "501", "cut"], (target, r) => RequestAsync(target, r, target.Request("GET", "/api/connections?user=nobody&limit=5&where=exists(attributes.role)")), Count: 40),
        new("changed pushes", ["202", "4xx"], PushAsync, Count: 100),
    ];

    /// <summary>Changes, takes away, puts in and repeats bytes, a few of them; mostly by others that text has, so that some of it stays good.</summary>
    public static byte[] Change(Random random, byte[] bytes)
    {
        var changed = bytes.ToList();
        for (int left = random.Next(1, 4); left > 0 && changed.Count > 0; left--)
        {
            int at = random.Next(changed.Count);
            switch (random.Next(8))
            {
                case 0: changed[at] = (byte)random.Next(' ', 127); break;
                case 1 when random.Next(4) == 0: changed[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: changed.RemoveRange(at, Math.Min(changed.Count - at, random.Next(1, 10))); break;
                case 3: changed.Insert(at, (byte)random.Next(' ', 127)); break;
                case 4: changed.InsertRange(at, changed.Slice(at, Math.Min(changed.Count - at, random.Next(1, 50)))); break;
                default: changed[at] = changed[random.Next(changed.Count)]; break;
            }
        }

        return [.. changed];
    }

    private static async Task<string> FramesAsync(HostileTarget target, Random random)
    {
        byte[] frames = [.. Enumerable.Range(0, 10).SelectMany(_ => RawWebSocket.FrameOf((byte)WebSocketOpcode.Text, Encoding.UTF8.GetBytes(MessageAttacks.Pick(random, Messages))))];
        using var socket = await target.OpenAsync();
        _ = await socket.SendAsync(Change(random, frames));
        socket.FinishSending();
        string ending = await socket.EndingAsync();
        return ending is not "close 4000" && (ending.StartsWith("close 3", StringComparison.Ordinal) || ending.StartsWith("close 4", StringComparison.Ordinal))
            ? "closed with its own code"
            : ending;
    }

    private static async Task<string> MessagesAsync(HostileTarget target, Random random)
    {
        using var socket = await target.OpenAsync();
        for (int i = 0; i < 20; i++) _ = await socket.SendAsync(RawWebSocket.FrameOf((byte)WebSocketOpcode.Text, Change(random, Encoding.UTF8.GetBytes(MessageAttacks.Pick(random, Messages)))));
        socket.FinishSending();
        return await socket.EndingAsync();
    }

    private static async Task<string> RequestAsync(HostileTarget target, Random random, string request) =>
        ClassOf(await target.SendRawAsync(Change(random, Encoding.Latin1.GetBytes(request))));

    private static async Task<string> PushAsync(HostileTarget target, Random random)
    {
        byte[] body = Change(random, Encoding.UTF8.GetBytes(MessageAttacks.Pick(random, Bodies)));
        string head = target.Request("POST", "/api/push/users/nobody", $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n");
        return ClassOf(await target.SendRawAsync((byte[])[.. Encoding.Latin1.GetBytes(head), .. body]));
    }

    private static string ClassOf(string status) => status is ['4', _, _] ? "4xx" : status;
}
