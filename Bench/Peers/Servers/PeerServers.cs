using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Notify.Bench.Peers.Servers;

/// <summary>The peers that are C#, each as its documentation shows.</summary>
internal static class PeerServers
{
    public static async Task<int> RunAsync(string name, string port)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        if (name == "signalr") builder.Services.AddSignalR().Services.AddSingleton<IUserIdProvider, UserOfQuery>();
        await using var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{port}");
        if (name == "signalr") MapSignalR(app);
        else MapRawWebSockets(app);
        await app.RunAsync();
        return 0;
    }

    private static void MapSignalR(WebApplication app)
    {
        app.MapHub<EmptyHub>("/hub");
        app.MapPost("/pub", async (HttpRequest request, IHubContext<EmptyHub> hub, string? u) =>
        {
            string text = JsonSerializer.Deserialize<string>(await new StreamReader(request.Body).ReadToEndAsync())!;
            await (u is null ? hub.Clients.All : hub.Clients.User(u)).SendAsync("message", text);
            return Results.Accepted();
        });
    }

    private static void MapRawWebSockets(WebApplication app)
    {
        var users = new ConcurrentDictionary<string, Channel<byte[]>>();
        app.UseWebSockets();
        app.Map("/ws", async (HttpContext context, string u) =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var outgoing = Channel.CreateBounded<byte[]>(1024); // one sender at a time is a WebSocket's rule: a queue for each
            users[u] = outgoing;
            outgoing.Writer.TryWrite("ready"u8.ToArray());
            var sending = SendAsync(socket, outgoing.Reader);
            await ReceiveAsync(socket);
            users.TryRemove(u, out _);
            outgoing.Writer.Complete();
            await sending;
        });
        app.MapPost("/pub", async (HttpRequest request, string? u) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            byte[] text = body.ToArray();
            if (u is not null) users.GetValueOrDefault(u)?.Writer.TryWrite(text);
            else foreach (var (_, user) in users) user.Writer.TryWrite(text);
            return Results.Accepted();
        });
    }

    private static async Task SendAsync(WebSocket socket, ChannelReader<byte[]> outgoing)
    {
        try
        {
            await foreach (byte[] text in outgoing.ReadAllAsync()) await socket.SendAsync(text.AsMemory(), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // The client is gone.
        }
    }

    private static async Task ReceiveAsync(WebSocket socket)
    {
        byte[] buffer = new byte[1024];
        try
        {
            while (socket.State == WebSocketState.Open) _ = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // The client is gone.
        }
    }

    private sealed class EmptyHub : Hub;

    private sealed class UserOfQuery : IUserIdProvider
    {
        public string? GetUserId(HubConnectionContext connection) => connection.GetHttpContext()?.Request.Query["u"];
    }
}
