using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Notify.EdgeHost.Pages;
using Notify.Protocol;
using Notify.Tests.Platform;

namespace Notify.Tests.Browser;

/// <summary>
/// Serves the pages of an edge and, at /ws and /sse, does what a test says: for what a real edge does only when something has gone
/// wrong, and for how often a client comes back.
/// </summary>
public sealed class ScriptedEdge : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<ScriptedLink> _arrivals = Channel.CreateUnbounded<ScriptedLink>();
    private int _arrivalCount;

    private ScriptedEdge(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    /// <summary>How many attempts to connect there were.</summary>
    public int ArrivalCount => Volatile.Read(ref _arrivalCount);

    /// <summary>Instead of the next connections: a refusal; null: none.</summary>
    public Func<HttpContext, Task>? Refusal { get; set; }

    public static async Task<ScriptedEdge> StartAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var edge = new ScriptedEdge(app);
        app.UseWebSockets();
        app.MapPages();
        app.Map("/ws", edge.ServeAsync);
        app.Map("/sse", edge.ServeAsync);
        await app.StartAsync();
        return edge;
    }

    /// <summary>The next client to arrive.</summary>
    public Task<ScriptedLink> NextAsync() => _arrivals.Reader.NextAsync("a client to connect");

    /// <summary>The next client to arrive, welcomed with the user channel of alice at this offset.</summary>
    public async Task<ScriptedLink> WelcomeNextAsync(long offset = 0)
    {
        var link = await NextAsync();
        await link.SendAsync(
            FrameTypes.Welcome,
            $$"""{"type":"welcome","connectionId":"e-1","edge":"e","channels":[{"kind":"user","id":"alice","position":"7-{{offset}}"}],"pingSeconds":25}""");
        return link;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        Interlocked.Increment(ref _arrivalCount);
        if (Refusal is { } refuse)
        {
            await refuse(context);
            return;
        }

        WebSocket? socket = context.WebSockets.IsWebSocketRequest ? await context.WebSockets.AcceptWebSocketAsync() : null;
        if (socket is null)
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.StartAsync();
        }

        var link = new ScriptedLink(context, socket);
        await _arrivals.Writer.WriteAsync(link);
        await link.Over;
    }
}

/// <summary>One client at a <see cref="ScriptedEdge"/>.</summary>
public sealed class ScriptedLink
{
    private readonly HttpContext _context;
    private readonly WebSocket? _socket;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ScriptedLink(HttpContext context, WebSocket? socket)
    {
        _context = context;
        _socket = socket;
        context.RequestAborted.Register(() => _over.TrySetResult());
    }

    /// <summary>Ends when either side is done.</summary>
    public Task Over => _over.Task;

    /// <summary>The topics of the client's address.</summary>
    public string Topics => _context.Request.Query["topics"].ToString();

    /// <summary>Sends a frame; its type is the event's name on SSE.</summary>
    public async Task SendAsync(string type, string json)
    {
        if (_socket is not null) await _socket.SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text, true, CancellationToken.None);
        else await WriteAsync($"event: {type}\ndata: {json}\n\n");
    }

    /// <summary>Sends the notification of this offset in the user channel of alice; its id is n and the offset.</summary>
    public Task NotifyAsync(long offset) => SendAsync(
        FrameTypes.Notification,
        $$"""{"type":"notification","channel":{"kind":"user","id":"alice"},"position":"7-{{offset}}","id":"n{{offset}}","time":"2026-01-01T00:00:00Z","data":{{offset}}}""");

    /// <summary>Sends an SSE comment.</summary>
    public Task CommentAsync() => WriteAsync(":\n\n");

    /// <summary>Closes as an edge does.</summary>
    public async Task CloseAsync(int code, string reason)
    {
        if (_socket is not null) await _socket.CloseOutputAsync((WebSocketCloseStatus)code, reason, CancellationToken.None);
        else await SendAsync(FrameTypes.Close, JsonSerializer.Serialize(new { type = FrameTypes.Close, code, reason }));
        _over.TrySetResult();
    }

    /// <summary>Cuts the connection without a word.</summary>
    public void Cut() => _context.Abort();

    /// <summary>The next frame from a WebSocket client.</summary>
    public async Task<JsonElement> ReadAsync()
    {
        byte[] buffer = new byte[4096];
        var read = await _socket!.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).AsTask().Within("a frame from the client");
        return JsonElement.Parse(buffer.AsSpan(0, read.Count));
    }

    private async Task WriteAsync(string text)
    {
        await _context.Response.WriteAsync(text);
        await _context.Response.Body.FlushAsync();
    }
}
