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
    EdgeService edges,
    ClientIdentityReader identities,
    TokenAuthentication tokens,
    ClientAdmission admission,
    FirstMessages firsts,
    ClientServing serving,
    IOptions<ConnectionOptions> options,
    TimeProvider clock,
    EdgeMetrics metrics)
{
    /// <summary>A WebSocket client.</summary>
    public async Task ServeWebSocketAsync(HttpContext context)
    {
        if (WebSocketHandshake.Check(context, out int status) is { } wrong)
        {
            await RefuseAsync(context, status, wrong, "handshake");
            return;
        }

        if (FirstMessages.IsWanted(context))
        {
            await ServeAfterTokenAsync(context);
            return;
        }

        if (await AdmitAsync(context, isSse: false) is not var (edge, request)) return;
        LiftServerLimits(context);
        var straight = StraightOf(context);
        await using var stream = await WebSocketHandshake.AcceptAsync(context);
        await serving.ServeWebSocketAsync(new(stream, await straight.AfterHeadAsync(context), context.Abort), edge, request, context.Connection.RemoteIpAddress, []);
    }

    /// <summary>A WebSocket client that sends its token in the first message.</summary>
    private async Task ServeAfterTokenAsync(HttpContext context)
    {
        if (await ReadyAsync(context) is not { } edge) return;
        if (!firsts.TryBegin())
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "Too many clients are about to send their token.", "identity");
            return;
        }

        Stream stream;
        FirstMessage first;
        var straight = StraightOf(context);
        try
        {
            context.Features.Get<Microsoft.AspNetCore.Http.Timeouts.IHttpRequestTimeoutFeature>()?.DisableTimeout();
            stream = await WebSocketHandshake.AcceptAsync(context);
            first = await firsts.ReadAsync(stream, context.RequestAborted);
        }
        catch (Exception failure) when (ClientLink.IsGone(failure))
        {
            return; // the client is gone
        }
        finally
        {
            firsts.End();
        }

        await using (stream)
        {
            var (closed, request) = (first.Closed, (ConnectRequest?)null);
            if (closed is null)
            {
                var (ticket, problem) = await tokens.AuthenticateAsync(first.Token!);
                var read = ticket is null ? new(null, StatusCodes.Status401Unauthorized, problem) : identities.Read(ticket, context.Request.Query);
                request = ConnectRequest.Read(context, admission.Unrevoked(read), options.Value, isSse: false, out int status, out string? wrong);
                if (request is null) closed = new(CodeOf(status), wrong!);
            }

            var link = new ClientLink(stream, await straight.AfterHeadAsync(context), context.Abort);
            if (request is not null && edges.Serving == edge)
            {
                await serving.ServeWebSocketAsync(link, edge, request, context.Connection.RemoteIpAddress, first.Rest);
                return;
            }

            metrics.Refused("identity");
            var transport = new WebSocketTransport(link);
            var outbox = new ConnectionOutbox(transport, options.Value.OutboxLimitBytes);
            _ = outbox.Close(closed ?? new(CloseCodes.Draining, "draining"), discardWaiting: true);
            await serving.WhenWrittenAsync(outbox, transport);
            await link.DiscardAsync(options.Value.CloseTimeout, clock);
        }
    }

    private static int CodeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => CloseCodes.Unauthorized,
        StatusCodes.Status403Forbidden => CloseCodes.Forbidden,
        _ => CloseCodes.BadRequest,
    };

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
        var straight = StraightOf(context);
        await StartEventsAsync(context);
        var link = new ClientLink(context.Response.Body, await straight.AfterHeadAsync(context), context.Abort);
        var transport = new SseTransport(link, makesChunks: link.IsStraight); // else the server makes them
        await using var registration = context.RequestAborted.UnsafeRegister(static state => ((SseTransport)state!).End(), transport);
        await ClientServing.ServeEventsAsync(transport, edge, request);
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

    private StraightSocket StraightOf(HttpContext context) => options.Value.StraightToSocket ? StraightSocket.Of(context) : default;

    private static async Task StartEventsAsync(HttpContext context)
    {
        var response = context.Response;
        SetEventHeaders(response);
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await response.StartAsync(context.RequestAborted);
        await response.Body.FlushAsync(CancellationToken.None); // the head may not wait for the first event
    }

    /// <summary>The headers of a stream of events.</summary>
    internal static void SetEventHeaders(HttpResponse response)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no"; // nginx would gather events otherwise
    }

    private async ValueTask<(Edge Edge, ConnectRequest Request)?> AdmitAsync(HttpContext context, bool isSse)
    {
        var admitted = await admission.JudgeAsync(context, isSse);
        if (admitted.IsAdmitted) return (admitted.Edge!, admitted.Request!);
        await RefuseAsync(context, admitted.Status, admitted.Problem!, admitted.Reason);
        return null;
    }

    /// <summary>The edge, once it serves and knows what was revoked; null: the client was told to come later.</summary>
    private async ValueTask<Edge?> ReadyAsync(HttpContext context)
    {
        var (edge, problem) = await admission.ReadyAsync(context);
        if (edge is not null) return edge;
        await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, problem!, "not_ready");
        return null;
    }

    private Task RefuseAsync(HttpContext context, int status, string detail, string reason)
    {
        metrics.Refused(reason);
        var headers = context.Response.Headers;
        if (status == StatusCodes.Status401Unauthorized) headers.WWWAuthenticate = "Bearer";
        else if (status == StatusCodes.Status426UpgradeRequired) headers.SecWebSocketVersion = "13";
        else if (status == StatusCodes.Status503ServiceUnavailable) headers.RetryAfter = "1";
        return TypedResults.Problem(detail, statusCode: status).ExecuteAsync(context);
    }
}
