namespace Notify.Tests.EndToEnd.Hostile;

/// <summary>Requests that break HTTP, and handshakes and addresses that are wrong.</summary>
internal static class HttpAttacks
{
    private static readonly string[] NoLengths = ["-1", "5x", "99999999999999999999", "1, 2", ""]; // "+5" Kestrel takes for 5
    private static readonly string[] NoChunks = ["zz\r\n", "-1\r\n", "5\r\nabcdefgh\r\n", "7FFFFFFFFFFFFFFF\r\n", "FFFFFFFFFFFFFFFFFF\r\n", "1\n\na"];

    public static IEnumerable<Attack> All =>
    [
        Raw("request lines that are none", ["400", "505", "cut"], (_, r) => Pick(r, "\r\n\r\n\r\n", "GET\r\n\r\n", "GET /ws\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u0016\u0003\u0001\0\u00A5\r\n\r\n", "G\0T / HTTP/1.1\r\n\r\n", " GET / HTTP/1.1\r\n\r\n")),
        Raw("the beginning of HTTP/2", ["cut after 17 bytes"], // a GOAWAY that says HTTP_1_1_REQUIRED
            (_, _) => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Raw("no host, two hosts, a bad host", ["400"], (_, r) => $"GET /health/live HTTP/1.1\r\n{Pick(r, "", "Host: a\r\nHost: b\r\n", "Host: a b\r\n", "Host: @\r\n")}\r\n"),
        Raw("headers that are none", ["400"], (t, r) => t.Handshake(headers: Pick(r, "x\r\n", ": x\r\n", "x : y\r\n", " folded\r\n", "x: a\0b\r\n", "\u00E4: b\r\n", "x: a\rb\r\n"))),
        Raw("a thousand headers", ["431"], (t, _) => t.Handshake(headers: string.Concat(Enumerable.Range(0, 1_000).Select(i => $"x{i}: y\r\n")))),
        Raw("a header of 64 KiB", ["431"], (t, _) => t.Handshake(headers: $"x: {new string('y', 65_536)}\r\n")),
        Raw("an address of 64 KiB", ["414"], (t, _) => t.Handshake("?x=" + new string('y', 65_536))),
        Raw("a token of 20 KiB in the header", ["401"], (t, r) => t.Handshake(token: MessageAttacks.RandomText(r, 20_000).Replace(':', 'x'))),
        Raw("a token of 64 KiB in the header", ["431"], (t, r) => t.Handshake(token: MessageAttacks.RandomText(r, 65_536))),
        Raw("a token of 7 KiB in the address", ["401"], (t, _) => t.Handshake("?access_token=" + new string('y', 7_000))),
        Raw("a token of 64 KiB in the address", ["414"], (t, _) => t.Handshake("?access_token=" + new string('y', 65_536))),
        Raw("tokens in the header that are none", ["401"], (t, r) => t.Handshake(token: Pick(r, ".", "..", "a.b.c", "....", "e30.e30.e30"))),
        Raw("no token", ["401"], (t, _) => t.Handshake()),
        Raw("handshake keys that are none", ["400"], (t, r) => t.Handshake(token: t.NewToken(), key: Pick(r, "", "x", "dGhlIHNhbXBsZSBub25jZQ", new string('A', 5_000), "dGhlIHNhbXBsZSBub25jZ!!="))),
        Raw("handshakes of other versions", ["426"], (t, r) => t.Handshake(token: t.NewToken(), key: "").Replace("Version: 13", $"Version: {Pick(r, "8", "0", "14", "-1", "x")}", StringComparison.Ordinal).Replace("\r\n\r\n", "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", StringComparison.Ordinal)),
        Raw("a handshake by POST", ["405"], (t, _) => t.Handshake(token: t.NewToken()).Replace("GET", "POST", StringComparison.Ordinal).Replace("\r\n\r\n", "\r\nContent-Length: 0\r\n\r\n", StringComparison.Ordinal)),
        Raw("no upgrade", ["426"], (t, _) => t.Request("GET", "/ws")),
        Raw("cursors in the address that are none", ["400"], (t, r) => t.Handshake($"?resume={Uri.EscapeDataString(MessageAttacks.RandomText(r, r.Next(1, 2_100)))}", token: t.NewToken())),
        Raw("resume texts in the address that are none", ["400"], (t, r) => t.Handshake($"?resume={Pick(r, "last:0", "last:-1", "last:99999999999999999999", "since:x", "%00", "%FF%FE", "%ED%A0%80")}", token: t.NewToken())),
        Raw("65 topics", ["400"], (t, _) => t.Handshake($"?topics={string.Join(',', Enumerable.Range(0, 65))}", token: t.NewToken())),
        Raw("topics and client ids that are no names", ["400"], (t, r) => t.Handshake("?" + Pick(r, "topics=%00", "topics=a%0Ab", $"topics={new string('x', 3_000)}", "clientId=%01", $"clientId={new string('x', 3_000)}"), token: t.NewToken())),
        Raw("paths that are badly encoded", ["400", "404"], (t, r) => t.Request("GET", Pick(r, "/%00", "/api/connections/%", "/api/connections/%zz", "/api/connections/%FF%FE", "/api/connections/%ED%A0%80", "/%2e%2e/%2e%2e/etc/passwd", "/api/connections/" + new string('%', 3_000)))),
        Raw("a name that is no UTF-8", ["200"], (t, _) => t.Request("GET", "/api/users/%C0%AF/presence")), // it stays as it is, and nobody has it
        Raw("listings that ask for nonsense", ["400"], (t, r) => t.Request("GET", "/api/connections?" + Pick(r, "limit=-1", "limit=99999999999", "page=%00", "where=%00", "where=" + new string('(', 1_000), "where=" + new string('x', 1_025), "transport=x", "nothing=1", "snapshot=2"))),
        Raw("history of nonsense", ["400"], (t, r) => t.Request("GET", "/api/history?" + Pick(r, "", "kind=user", "kind=x&id=a", "kind=user&id=%00", "kind=user&id=a&after=-1", "kind=user&id=a&after=9-99999999999999999999", "kind=user&id=a&limit=0"))),
        .. NoLengths.Select(length => Raw($"the length '{length}'", ["400"], (t, _) => Push(t, $"Content-Length: {length}\r\n", "{}"))),
        Raw("two lengths", ["400"], (t, _) => Push(t, "Content-Length: 2\r\nContent-Length: 20\r\n", "{}")),
        Raw("transfer codings that are none", ["400", "501"], (t, r) => Push(t, $"Transfer-Encoding: {Pick(r, "xchunked", "chunked, identity", "gzip", "chunked, gzip")}\r\n", "0\r\n\r\n")),
        .. NoChunks.Select(chunk => Raw($"the chunk {chunk.Replace("\r\n", " ", StringComparison.Ordinal)}", ["400"], (t, _) => Push(t, "Transfer-Encoding: chunked\r\n", chunk))),
        Raw("a chunk's extension without an end", ["400", "408"], (t, _) => Push(t, "Transfer-Encoding: chunked\r\n", "1;" + new string('x', 40_000))),
        new("a second request in a body with length and chunks", ["400", "400, 401"], SmuggleAsync, Count: 6),
    ];

    private static Attack Raw(string kind, string[] endings, Func<HostileTarget, Random, string> request) =>
        new(kind, endings, (target, random) => target.SendRawAsync(request(target, random)));

    private static string Pick(Random random, params string[] texts) => MessageAttacks.Pick(random, texts);

    private static string Push(HostileTarget target, string headers, string body) =>
        target.Request("POST", "/api/push/users/nobody", "Content-Type: application/json\r\n" + headers) + body;

    /// <summary>By its length the body holds a push, by its chunks (which count) that push is a request of its own, and has no key.</summary>
    private static async Task<string> SmuggleAsync(HostileTarget target, Random random)
    {
        string inner = $"POST /api/push/users/healthy HTTP/1.1\r\nHost: {target.Edge.Authority}\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{{\"data\":\"smuggled!!\"}}";
        string body = "0\r\n\r\n" + inner;
        string lengths = random.Next(2) == 0
            ? $"Content-Length: {body.Length}\r\nTransfer-Encoding: chunked\r\n"
            : $"Transfer-Encoding: chunked\r\nContent-Length: {body.Length}\r\n";
        using var socket = await target.ConnectAsync();
        _ = await socket.SendAsync(Push(target, lengths, body));
        return await socket.StatusesAsync();
    }
}
