using Microsoft.AspNetCore.Http.Features;
using Notify.Protocol;

namespace Notify.EdgeHost.Transports;

/// <summary>Turns a request into a WebSocket: RFC 6455 over HTTP/1.1, RFC 8441 over HTTP/2.</summary>
internal static class WebSocketHandshake
{
    /// <summary>Null when the request asks for a WebSocket as it should, else why it does not.</summary>
    public static string? Check(HttpContext context, out int status)
    {
        var headers = context.Request.Headers;
        status = StatusCodes.Status400BadRequest;
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            if (!string.Equals(connect.Protocol, "websocket", StringComparison.OrdinalIgnoreCase)) return "The extended CONNECT is not for a WebSocket.";
        }
        else if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } || !HasToken(headers.Upgrade, "websocket"))
        {
            status = StatusCodes.Status426UpgradeRequired;
            return "This address is for WebSockets; over plain HTTP there is /sse.";
        }
        else if (!WebSocketFrames.IsKey(headers.SecWebSocketKey))
        {
            return "The Sec-WebSocket-Key is not 16 bytes of base64.";
        }

        if (headers.SecWebSocketVersion == "13") return null;
        status = StatusCodes.Status426UpgradeRequired;
        return "The Sec-WebSocket-Version must be 13.";
    }

    /// <summary>Answers the handshake; the stream carries frames from now on.</summary>
    public static async ValueTask<Stream> AcceptAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect) return await connect.AcceptAsync();
        SetHeaders(context);
        return await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }

    /// <summary>The headers of the answer to an HTTP/1.1 request.</summary>
    public static void SetHeaders(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.Upgrade = "websocket";
        headers.SecWebSocketAccept = WebSocketFrames.AcceptOf(context.Request.Headers.SecWebSocketKey!);
    }

    private static bool HasToken(IReadOnlyList<string?> values, string token)
    {
        foreach (string? value in values)
        {
            foreach (var part in (value ?? "").AsSpan().Split(','))
            {
                if (value.AsSpan()[part].Trim().Equals(token, StringComparison.OrdinalIgnoreCase)) return true;
            }
        }

        return false;
    }
}
