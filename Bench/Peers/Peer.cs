namespace Notify.Bench.Peers;

/// <summary>A server that is compared: how it is started, and how its clients and its pushers speak.</summary>
internal sealed record Peer(string Name, string Title)
{
    /// <summary>The command and its arguments; the last is the port.</summary>
    public required Func<int, IReadOnlyList<string>> Command { get; init; }

    /// <summary>Settings of the process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>It comes from npm: its folder is filled first.</summary>
    public bool IsFromNpm { get; init; }

    /// <summary>Where a user's client connects.</summary>
    public required Func<string, string> ConnectPath { get; init; }

    /// <summary>What a client sends first; null: nothing.</summary>
    public string? Hello { get; init; }

    /// <summary>How the message begins with which a client is ready.</summary>
    public required string ReadyStart { get; init; }

    /// <summary>What a client answers to a message of the server; null: it has no pings of its own above the WebSocket's.</summary>
    public (string Ping, string Pong)? Answers { get; init; }

    /// <summary>What a client sends now and then; null: nothing.</summary>
    public string? KeepAlive { get; init; }

    /// <summary>Where to push to one user, or, with null, to all.</summary>
    public required Func<string?, string> PushPath { get; init; }

    /// <summary>The body of a push; the argument is a JSON string, quotes included.</summary>
    public Func<byte[], byte[]> Body { get; init; } = text => text;

    /// <summary>All of them; ours is first.</summary>
    public static IReadOnlyList<Peer> All { get; } =
    [
        new("notify", "Notify")
        {
            Command = _ => ["dotnet", Path.Combine(AppContext.BaseDirectory, "Notify.Standalone.dll")],
            Environment = new Dictionary<string, string>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development", // identities from the query
                ["Notify__Log__Store"] = "Memory", // the others keep nothing at all
            },
            ConnectPath = user => $"/ws?userid={user}",
            ReadyStart = "{\"type\":\"welcome\"",
            PushPath = user => user is null ? "/api/push/everyone" : $"/api/push/users/{user}",
            Body = text => [.. "{\"data\":"u8, .. text, .. "}"u8],
        },
        new("signalr", "SignalR")
        {
            Command = port => OfThisProgram("signalr", port),
            ConnectPath = user => $"/hub?u={user}",
            Hello = "{\"protocol\":\"json\",\"version\":1}\u001e",
            ReadyStart = "{}\u001e",
            KeepAlive = "{\"type\":6}\u001e",
            PushPath = OfPlainPeers,
        },
        new("aspnet", "ASP.NET raw WebSockets")
        {
            Command = port => OfThisProgram("aspnet", port),
            ConnectPath = user => $"/ws?u={user}",
            ReadyStart = "ready",
            PushPath = OfPlainPeers,
        },
        new("bun", "Bun")
        {
            Command = port => [Path.Combine(NodeFolder.Path, "node_modules", ".bin", "bun"), Path.Combine(NodeFolder.Path, "bun.js"), $"{port}"],
            IsFromNpm = true,
            ConnectPath = user => $"/?u={user}",
            ReadyStart = "ready",
            PushPath = OfPlainPeers,
        },
        new("ws", "Node ws")
        {
            Command = port => ["node", Path.Combine(NodeFolder.Path, "ws.js"), $"{port}"],
            IsFromNpm = true,
            ConnectPath = user => $"/?u={user}",
            ReadyStart = "ready",
            PushPath = OfPlainPeers,
        },
        new("socket.io", "socket.io")
        {
            Command = port => ["node", Path.Combine(NodeFolder.Path, "socketio.js"), $"{port}"],
            IsFromNpm = true,
            ConnectPath = user => $"/socket.io/?EIO=4&transport=websocket&u={user}",
            Hello = "40",
            ReadyStart = "40",
            Answers = ("2", "3"),
            PushPath = OfPlainPeers,
        },
    ];

    private static string OfPlainPeers(string? user) => user is null ? "/pub" : $"/pub?u={user}";

    private static IReadOnlyList<string> OfThisProgram(string server, int port) =>
        ["dotnet", typeof(Peer).Assembly.Location, "peers", "serve", server, $"{port}"];

}
