using System.Globalization;
using Notify.Protocol;
using Notify.Tests.EdgeHost.Security;
using Notify.Tests.EdgeHost.Security.Tokens;

namespace Notify.Tests.EndToEnd.Hostile;

/// <summary>Where hostile input goes, and the ways in that those have who may come in.</summary>
internal sealed class HostileTarget(Uri edge)
{
    private int _users;

    public Uri Edge => edge;

    /// <summary>A token of a new user who may subscribe to any topic.</summary>
    public string NewToken() =>
        TestTokens.Of($"hostile-{Interlocked.Increment(ref _users).ToString(CultureInfo.InvariantCulture)}", "evil", ["**"]);

    public Task<HostileSocket> ConnectAsync() => HostileSocket.ConnectAsync(edge);

    /// <summary>Bytes as they are; the status of the answer.</summary>
    public async Task<string> SendRawAsync(ReadOnlyMemory<byte> request)
    {
        using var socket = await ConnectAsync();
        _ = await socket.SendAsync(request);
        return await socket.StatusAsync();
    }

    public Task<string> SendRawAsync(string request) => SendRawAsync(System.Text.Encoding.Latin1.GetBytes(request));

    /// <summary>A request of the WebSocket handshake.</summary>
    public string Handshake(string query = "", string headers = "", string? token = null, string key = "dGhlIHNhbXBsZSBub25jZQ==") =>
        $"GET /ws{query} HTTP/1.1\r\nHost: {edge.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + (key.Length > 0 ? $"Sec-WebSocket-Key: {key}\r\n" : "") + (token is null ? "" : $"Authorization: Bearer {token}\r\n") + headers + "\r\n";

    /// <summary>A request with the publisher's key, without a body.</summary>
    public string Request(string method, string target, string headers = "") =>
        $"{method} {target} HTTP/1.1\r\nHost: {edge.Authority}\r\nX-Api-Key: {TestSecurity.PlatformKey}\r\n{headers}\r\n";

    /// <summary>A WebSocket of a client that may be here, welcomed.</summary>
    public async Task<HostileSocket> OpenAsync(string query = "")
    {
        var socket = await ConnectAsync();
        _ = await socket.SendAsync(Handshake(query, token: NewToken()));
        string status = await socket.StatusAsync();
        if (status != "101") throw new IOException($"The handshake was answered with {status}.");
        while (await socket.ReadFrameAsync() is var (opcode, _))
        {
            if (opcode == WebSocketOpcode.Text) return socket; // a ping may come before the welcome
        }

        throw new IOException("There was no welcome.");
    }
}
