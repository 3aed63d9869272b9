using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Lifecycle;
using Notify.EdgeHost.Security;
using Notify.EdgeHost.Telemetry;
using Notify.Protocol;

namespace Notify.EdgeHost.Transports;

/// <summary>Where clients connect: /ws and /sse.</summary>
internal sealed class ClientEndpoints(
    EdgeService edges, ClientIdentityReader identities, IOptions<ConnectionOptions> options, TimeProvider clock, EdgeMetrics metrics)
{
    /// <summary>A WebSocket client.</summary>
    public async Task ServeWebSocketAsync(HttpContext context)
    {
        if (WebSocketHandshake.Check(context, out int status) is { } wrong)
        {
            if (status == StatusCodes.Status426UpgradeRequired) context.Response.Headers.SecWebSocketVersion = "13";
            await RefuseAsync(context, status, wrong, "handshake");
            return;
        }

        if (await AdmitAsync(context, isSse: false) is not var (edge, request)) return;
        LiftServerLimits(context);
        await using var stream = await WebSocketHandshake.AcceptAsync(context);
        var transport = new WebSocketTransport(context, stream);
        var connection = edge.Admit(request.Identity, transport);
        using var reader = new WebSocketReader(connection, edge, identities, options.Value, metrics);
        edge.Join(connection, request.Topics, request.Resume);
        try
        {
            await reader.RunAsync(stream);
            await WhenWrittenAsync(connection);
        }
        finally
        {
            edge.Leave(connection);
            await connection.Outbox.EndAsync();
        }
    }

    /// <summary>An SSE client.</summary>
    public async Task ServeSseAsync(HttpContext context)
    {
        if (edges.Serving is null && context.Request.Headers.ContainsKey("Last-Event-ID"))
        {
            await SendAwayAsync(context);
            return;
        }

        if (await AdmitAsync(context, isSse: true) is not var (edge, request)) return;
        LiftServerLimits(context);
        await StartEventsAsync(context);
        var transport = new SseTransport(context);
        var connection = edge.Admit(request.Identity, transport);
        await using var registration = context.RequestAborted.UnsafeRegister(static state => ((SseTransport)state!).End(), transport);
        edge.Join(connection, request.Topics, request.Resume);
        try
        {
            await transport.Over;
        }
        finally
        {
            edge.Leave(connection);
            await connection.Outbox.EndAsync();
        }
    }

    /// <summary>An EventSource that is refused never comes back; one whose stream ends does, and keeps its place.</summary>
    private async Task SendAwayAsync(HttpContext context)
    {
        metrics.Refused("not_ready");
        await StartEventsAsync(context);
        await context.Response.BodyWriter.WriteAsync(FrameEncoder.OfThread.Reconnect(options.Value.SseRetry, isSse: true));
        await context.Response.BodyWriter.WriteAsync(FrameEncoder.OfThread.CloseEvent(CloseCodes.Draining, "not ready"));
    }

    /// <summary>
    /// How long a request may take and how slowly an answer may be read is for the edge's own rules: pings, the outbox's limit and writes
    /// that stall. Kestrel would cut off who reads slowly and drops what waits without a word. (Over HTTP/2 its rate counts for all streams
    /// together and is the server's setting.)
    /// </summary>
    private static void LiftServerLimits(HttpContext context)
    {
        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
    }

    private static Task StartEventsAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no"; // nginx would gather events otherwise
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return response.StartAsync(context.RequestAborted);
    }

    private async ValueTask<(Edge Edge, ConnectRequest Request)?> AdmitAsync(HttpContext context, bool isSse)
    {
        if (edges.Serving is not { } edge)
        {
            context.Response.Headers.RetryAfter = "1";
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, edges.IsDraining ? "The edge is about to stop." : "The edge is not ready yet.", "not_ready");
            return null;
        }

        if (ConnectRequest.Read(context, identities, options.Value, isSse, out int status, out string? problem) is { } request) return (edge, request);
        await RefuseAsync(context, status, problem!, status == StatusCodes.Status400BadRequest ? "bad_request" : "identity");
        return null;
    }

    private Task RefuseAsync(HttpContext context, int status, string detail, string reason)
    {
        metrics.Refused(reason);
        return TypedResults.Problem(detail, statusCode: status).ExecuteAsync(context);
    }

    /// <summary>Gives what is still being written its time, the close frame above all.</summary>
    private async Task WhenWrittenAsync(Connection connection)
    {
        try
        {
            await connection.Outbox.WhenWrittenAsync().WaitAsync(options.Value.CloseTimeout, clock);
        }
        catch (TimeoutException)
        {
            connection.Transport.Abort();
        }
    }
}
