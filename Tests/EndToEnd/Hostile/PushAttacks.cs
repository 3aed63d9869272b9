using System.Text;

namespace Notify.Tests.EndToEnd.Hostile;

/// <summary>Pushes with a good key and a body that is wrong in some way.</summary>
internal static class PushAttacks
{
    private const string Json = "application/json";

    public static IEnumerable<Attack> All =>
    [
        Body("push: JSON that is none", "400", r => Pick(r, "", "{", "{}", "[]", "null", "{\"data\":}", "{\"data\":1", "{\"data\":1}x", "{\"data\":01}", "{\"data\":NaN}", "{\"data\":1,}", "\u00EF\u00BB\u00BF{\"data\":1}")),
        Body("push: not UTF-8", "400", r => "{\"data\":\"" + Pick(r, "\u00FF", "\u00C0\u00AF", "\u00ED\u00A0\u0080", "\u00E2\u0082") + "\"}"),
        Body("push: JSON too deep", "400", _ => "{\"data\":" + new string('[', 10_000) + new string(']', 10_000) + "}"),
        Body("push: a member twice", "400", _ => "{\"data\":1,\"data\":2}"),
        Body("push: members of other types", "400", r => "{\"data\":1," + Pick(r, "\"event\":1", "\"id\":{}", "\"expiresAt\":\"soon\"", "\"retain\":\"yes\"", "\"where\":5", "\"except\":5", "\"collapseKey\":[]", "\"target\":{}", "\"x\":1", "\"id\":\"\\ud800\"") + "}"),
        Body("push: a payload over the limit", "413", r => "{\"data\":\"" + new string('x', r.Next(65_537, 200_000)) + "\"}"),
        Body("push: names over the limit", "400", r => "{\"data\":1,\"" + Pick(r, "event", "id", "collapseKey") + "\":\"" + new string('x', 10_000) + "\"}"),
        Body("push: filters over the limits", "400", r => "{\"data\":1,\"where\":\"" + Pick(r, new string('(', 500), new string('x', 1_025), "user in (" + string.Join(',', Enumerable.Range(0, 129)) + ")", "(((((((((((((((((user==1)))))))))))))))))", "user ==", "not not not", "user==1.5") + "\"}"),
        new("push: other content types and charsets", ["415"], (target, r) => PushAsync(target, "{\"data\":1}", Pick(r, TypesThatAreNone), Nobody)),
        Body("push: a list of 1,001", "400", _ => "[" + string.Join(',', Enumerable.Repeat("{}", 1_001)) + "]", Json, "/api/push"),
        new("push: a length over the limit", ["413"], (target, _) => target.SendRawAsync(target.Request("POST", Nobody, $"Content-Type: {Json}\r\nContent-Length: 100000000\r\n"))),
        new("push: a body that is cut off", ["400", "cut"], async (target, r) =>
        {
            using var socket = await target.ConnectAsync();
            _ = await socket.SendAsync(target.Request("POST", Nobody, $"Content-Type: {Json}\r\nContent-Length: 100\r\n") + new string(' ', r.Next(100)));
            socket.FinishSending();
            return await socket.StatusAsync();
        }),
        new("push: a body, then reset", ["gone"], async (target, r) =>
        {
            using var socket = await target.ConnectAsync();
            _ = await socket.SendAsync(target.Request("POST", Nobody, $"Content-Type: {Json}\r\nContent-Length: 100\r\n") + new string(' ', r.Next(101)));
            socket.Reset();
            return "gone";
        }),
        new("push: the slowest filter, to everyone", ["202"], (target, _) => PushAsync(target, $$"""{"data":1,"retain":false,"where":"{{FilterCostTests.Slowest}}"}""", Json, "/api/push/everyone")),
    ];

    private const string Nobody = "/api/push/users/nobody";
    private static readonly string[] TypesThatAreNone = ["text/plain", "application/json; charset=utf-16", "application/xml", "x", "", "application/json/json", "multipart/form-data"];

    private static string Pick(Random random, params string[] texts) => MessageAttacks.Pick(random, texts);

    private static Attack Body(string kind, string status, Func<Random, string> body, string type = Json, string path = Nobody) =>
        new(kind, [status], (target, random) => PushAsync(target, body(random), type, path));

    private static Task<string> PushAsync(HostileTarget target, string body, string type, string path)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(body);
        return target.SendRawAsync((byte[])[.. Encoding.Latin1.GetBytes(target.Request("POST", path, $"Content-Type: {type}\r\nContent-Length: {bytes.Length}\r\n")), .. bytes]);
    }
}
