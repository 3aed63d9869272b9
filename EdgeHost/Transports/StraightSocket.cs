using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace Notify.EdgeHost.Transports;

/// <summary>
/// The socket of an HTTP/1.1 connection over plain TCP, for writing to it beside the server: from when all that the server wrote is in the
/// kernel, and as long as it writes nothing.
/// </summary>
/// <remarks>
/// The server's flush ends when its pipe has the bytes, not when the socket has: another thread sends them. A frame sent at once could
/// overtake the answer's head. The kernel counts what a connection has sent (Linux 4.19, TCP_INFO); the head is there when the count has grown
/// by its length. Where there is no such count, or it never fits, bytes go through the stream.
/// </remarks>
internal readonly struct StraightSocket
{
    private const int TurnsLimitCount = 100;
    private const int Tcp = 6, TcpInfo = 11, NotSentAt = 144, BytesSentAt = 200, BytesRetransAt = 208, InfoBytes = 216; // linux/tcp.h

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LastWait = TimeSpan.FromMilliseconds(256);

    private readonly Socket? _socket;
    private readonly long _before;

    private StraightSocket(Socket socket, long before) => (_socket, _before) = (socket, before);

    /// <summary>To be called before the answer's head is written.</summary>
    public static StraightSocket Of(HttpContext context)
    {
        var features = context.Features;
        if (!OperatingSystem.IsLinux() || !HttpProtocol.IsHttp11(context.Request.Protocol)) return default;
        if (features.Get<IConnectionSocketFeature>()?.Socket is not { ProtocolType: ProtocolType.Tcp } socket) return default;
        if (features.Get<ITlsConnectionFeature>() is not null || features.Get<ITlsHandshakeFeature>() is not null) return default;
        return TryCountSent(socket, out long before) ? new(socket, before) : default;
    }

    /// <summary>
    /// The socket, once the head of a response that has begun is sent; null where bytes are to go through the stream. The body of a response
    /// must be in chunks and in no middleware's hands.
    /// </summary>
    public async ValueTask<Socket?> AfterHeadAsync(HttpContext context)
    {
        if (_socket is null || !IsBodyOurs(context)) return null;
        long wanted = _before + HeadBytes(context);
        var wait = FirstWait;
        for (int turn = 0; TryCountSent(_socket, out long sent) && sent <= wanted && wait <= LastWait; turn++)
        {
            if (sent == wanted) return ClientLink.TryMakeNonBlocking(_socket) ? _socket : null;

            if (turn < TurnsLimitCount)
            {
                await Task.Yield(); // lets the thread that sends it have its turn
                continue;
            }

            await Task.Delay(wait, TimeProvider.System); // the machine is busy; the connection would pay for impatience all its life
            wait *= 2;
        }

        return null;
    }

    private static bool IsBodyOurs(HttpContext context)
    {
        if (context.Response.StatusCode == StatusCodes.Status101SwitchingProtocols) return true;
        if (!HttpMethods.IsGet(context.Request.Method) || context.Response.Headers.TransferEncoding != "chunked") return false;

        // Kestrel's own body is the same object as its response; a compressing middleware's is not.
        var features = context.Features;
        return ReferenceEquals(features.Get<IHttpResponseBodyFeature>(), features.Get<IHttpResponseFeature>());
    }

    private static long HeadBytes(HttpContext context)
    {
        int status = context.Response.StatusCode;
        string reason = context.Features.Get<IHttpResponseFeature>()?.ReasonPhrase ?? ReasonPhrases.GetReasonPhrase(status);
        long bytes = "HTTP/1.1 101 \r\n\r\n".Length + reason.Length;
        foreach (var (name, values) in context.Response.Headers)
        {
            foreach (string? value in values) bytes += name.Length + ": \r\n".Length + (value?.Length ?? 0);
        }

        return bytes;
    }

    /// <summary>How much the kernel has taken for this connection since it began.</summary>
    private static bool TryCountSent(Socket socket, out long count)
    {
        Span<byte> info = stackalloc byte[InfoBytes];
        count = 0;
        try
        {
            if (socket.GetRawSocketOption(Tcp, TcpInfo, info) < InfoBytes) return false;
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            return false;
        }

        count = MemoryMarshal.Read<long>(info[BytesSentAt..]) - MemoryMarshal.Read<long>(info[BytesRetransAt..]) + MemoryMarshal.Read<uint>(info[NotSentAt..]);
        return true;
    }
}
