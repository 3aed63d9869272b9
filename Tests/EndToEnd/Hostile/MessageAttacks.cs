using System.Globalization;
using System.Text;
using Notify.Protocol;
using Notify.Tests.Platform;

namespace Notify.Tests.EndToEnd.Hostile;

/// <summary>Messages in good frames that mean nothing, or too much.</summary>
internal static class MessageAttacks
{
    private const int BadFramesLimitCount = 32;

    public static IEnumerable<Attack> All =>
    [
        Message("JSON 5,000 deep", _ => $$"""{"url":"a","body":{{new string('[', 5_000)}}{{new string(']', 5_000)}}}"""),
        Message("JSON that is cut off", r => """{"type":"subscribe","topics":["a","b"],"ref":1}"""[..r.Next(1, 46)]),
        Message("a member twice", _ => """{"type":"ping","type":"subscribe","topics":["a"],"ref":1,"ref":2}"""),
        Message("numbers beyond all bounds", r => $$"""{"type":"ping","ref":{{(r.Next(2) == 0 ? "-" : "")}}{{new string('9', r.Next(65, 9_000))}}e{{new string('9', 9)}}}"""),
        Message("numbers that are none", r => $$"""{"type":"ping","ref":{{Pick(r, "NaN", "Infinity", "01", "1.", ".5", "0x10", "1e", "--1")}}}"""),
        Message("members of other types", r => $$"""{"type":{{Pick(r, "1", "null", "[]", "{}", "true")}},"topics":{{Pick(r, "1", "\"a\"", "[1]", "[[]]", "{}", "[null]")}}}"""),
        Message("half a surrogate pair", r => $$"""{"type":"subscribe","topics":["{{Pick(r, "\\ud800", "\\udfff", "\\ud800\\ud800")}}"]}"""),
        Message("unknown types and members", r => $$"""{"type":"{{r.Next()}}","{{r.Next()}}":{{r.Next()}}}"""),
        Message("no JSON at all", r => Pick(r, "", " ", "\0", "null", "[]", "1", "\"\"", "{}{}", "{}x", "\uFEFF{}", "{'type':'ping'}", "//", "{,}")),
        Message("topics that are no names", r => $$"""{"type":"subscribe","topics":["{{Pick(r, "", "\\u007f", "\\u0000", "a\\nb", new string('x', 5_000))}}"]}"""),
        Message("3,000 topics in a frame", _ => $$"""{"type":"subscribe","topics":[{{string.Join(',', Enumerable.Range(0, 3_000).Select(i => $"\"{i % 10}\""))}}]}"""),
        Message("cursors that are none", r => $$"""{"type":"subscribe","topics":["a"],"resume":"{{RandomText(r, r.Next(1, 3_000))}}"}"""),
        Message("resume texts that are none", r => $$"""{"type":"subscribe","topics":["a"],"resume":"{{Pick(r, "last:", "last:0", "last:-1", "last:1e9", "last:99999999999999999999", "since:", "since:now", "since:9999-99-99T99:99:99Z", "LATEST")}}"}"""),
        Message("tokens that are none", r => $$"""{"type":"token","token":"{{Pick(r, "", ".", "..", "....", "a.b.c", RandomText(r, 15_000), "e30.e30.")}}"}"""),
        new("33 messages that mean nothing, in one go", ["close 4000"], async (target, r) =>
        {
            using var socket = await target.OpenAsync();
            var ended = socket.EndingAsync();
            for (int i = 0; i <= BadFramesLimitCount; i++) _ = await socket.SendTextAsync(RandomText(r, r.Next(50)));
            return await ended;
        }),
        new("a token over the limit of messages", ["close 1009"], async (target, r) =>
        {
            using var socket = await target.OpenAsync();
            var ended = socket.EndingAsync();
            _ = await socket.SendTextAsync($$"""{"type":"token","token":"{{RandomText(r, 100_000)}}"}""");
            return await ended;
        }),
        new("subscribe and leave: 300 × 60 of 20,000 topics", ["close 4105"], async (target, r) =>
        {
            using var socket = await target.OpenAsync();
            var topics = Enumerable.Range(0, 300).Select(i => Topics(r, 60)).ToArray();
            foreach (string names in topics)
            {
                _ = await socket.SendTextAsync($$"""{"type":"subscribe","topics":[{{names}}]}""");
                _ = await socket.SendTextAsync($$"""{"type":"unsubscribe","topics":[{{names}}]}""");
            }

            return await socket.LivesAsync();
        }, Count: 1),
        new("5,000 × leaving 60 topics never joined", ["close 4105"], async (target, r) =>
        {
            using var socket = await target.OpenAsync();
            byte[] frame = RawWebSocket.FrameOf((byte)WebSocketOpcode.Text, Encoding.UTF8.GetBytes($$"""{"type":"unsubscribe","topics":[{{Topics(r, 60)}}]}"""));
            byte[] many = [.. Enumerable.Repeat(frame, 100).SelectMany(static one => one)];
            for (int i = 0; i < 50; i++) _ = await socket.SendAsync(many);
            return await socket.LivesAsync();
        }, Count: 1),
    ];

    /// <summary>ASCII that needs no escape in JSON.</summary>
    public static string RandomText(Random random, int length) =>
        string.Create(length, random, static (text, random) =>
        {
            for (int i = 0; i < text.Length; i++) text[i] = (char)random.Next('0', 'Z');
        });

    public static string Pick(Random random, params string[] texts) => texts[random.Next(texts.Length)];

    /// <summary>Answered with an error as often as it may be, and the connection is served on.</summary>
    private static Attack Message(string kind, Func<Random, string> text) => new(kind, ["errors, lives"], async (target, random) =>
    {
        const int times = 5;
        using var socket = await target.OpenAsync();
        for (int i = 0; i < times; i++) _ = await socket.SendTextAsync(text(random));
        for (int i = 0; i < times;)
        {
            if (await socket.ReadFrameAsync() is not var (opcode, payload)) return "cut";
            if (opcode == WebSocketOpcode.Ping) continue;
            i++;
            if (opcode == WebSocketOpcode.Close) return "closed";
            string answer = Encoding.UTF8.GetString(payload);
            if (!answer.StartsWith("""{"type":"error",""", StringComparison.Ordinal)) return $"answered {answer}";
        }

        return $"errors, {await socket.LivesAsync()}";
    });

    private static string Topics(Random random, int count) =>
        string.Join(',', Enumerable.Range(0, count).Select(_ => $"\"t/{random.Next(20_000).ToString(CultureInfo.InvariantCulture)}\""));
}
