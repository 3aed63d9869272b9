using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Lifecycle;
using Notify.EdgeHost.Security;

namespace Notify.EdgeHost.Transports.BelowHttp;

/// <summary>
/// Serves clients below HTTP, where a connection weighs and costs a fraction: those whose handshake is plain and who are let in. All others go
/// on to HTTP on the same port with nothing consumed, so that each refusal is said there, and once.
/// </summary>
/// <remarks>
/// <code>
///  first bytes ─▶ plain handshake? ─▶ rules of the host? ─▶ origin ▸ identity ▸ revoked ▸ topics ─▶ answer, serve
///                      └───────────────────┴──────────────── no: the same bytes, to HTTP ────────▶ the same checks, an answer
/// </code>
/// </remarks>
internal sealed class ClientsBelowHttp(
    ClientAdmission admission, ClientServing serving, OriginGate origins, HostRules rules, IServiceScopeFactory scopes, IOptions<ConnectionOptions> options, TimeProvider clock)
{
    private const int StrayLimitBytes = 4096;

    private long _servedCount;

    /// <summary>How many clients came in this way.</summary>
    public long ServedCount => Volatile.Read(ref _servedCount);

    /// <summary>Answers the handshake and begins to serve; null: it is HTTP's, nothing was done. Whoever has the socket closes it after that.</summary>
    public async ValueTask<Task?> BeginAsync(Socket socket)
    {
        Admitted? admitted;
        try
        {
            await FirstBytes.WaitAsync(socket, clock);
            if (FirstBytes.Peek(socket, out int length) is not { } handshake) return null;
            admitted = await JudgeAsync(socket, handshake);
            if (admitted is null) return null;
            FirstBytes.Take(socket, length);
        }
        catch (Exception failure) when (ClientLink.IsGone(failure))
        {
            return null; // HTTP knows what is to be done
        }

        _ = Interlocked.Increment(ref _servedCount);
        var link = new ClientLink(null, socket, null);
        try
        {
            if (!ClientLink.TryMakeNonBlocking(socket)) return Task.CompletedTask;
            await link.WriteAsync(admitted.Head);
        }
        catch (Exception failure) when (ClientLink.IsGone(failure))
        {
            return Task.CompletedTask;
        }

        var (edge, request) = (admitted.Admission.Edge!, admitted.Admission.Request!);
        return admitted.IsSse ? ServeEventsAsync(link, edge, request) : serving.ServeWebSocketAsync(link, edge, request, admitted.Address, []);
    }

    private async Task ServeEventsAsync(ClientLink link, Edge edge, ConnectRequest request)
    {
        var transport = new SseTransport(link, makesChunks: true);
        var watching = WatchAsync(link, transport);
        await ClientServing.ServeEventsAsync(transport, edge, request);
        await EndBodyAsync(link);
        link.Abort();
        await watching;
    }

    /// <summary>The stream has come to its end, unless the client is gone.</summary>
    private async Task EndBodyAsync(ClientLink link)
    {
        try
        {
            await link.WriteAsync("0\r\n\r\n"u8.ToArray()).AsTask().WaitAsync(options.Value.CloseTimeout, clock);
        }
        catch (Exception failure) when (ClientLink.IsGone(failure) || failure is TimeoutException)
        {
            // It is cut off now.
        }
    }

    /// <summary>
    /// Sees when the client goes, and cuts the connection off then: a write to who reads no more would never end. A client has nothing to say behind
    /// its request; a little of it is read away, who sends more is cut off, too.
    /// </summary>
    private static async Task WatchAsync(ClientLink link, SseTransport transport)
    {
        try
        {
            for (int left = StrayLimitBytes; left > 0;)
            {
                _ = await link.WaitAsync();
                byte[] buffer = ArrayPool<byte>.Shared.Rent(StrayLimitBytes);
                try
                {
                    int length = await link.ReadAsync(buffer);
                    if (length == 0) break;
                    left -= length;
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
        }
        catch (Exception failure) when (ClientLink.IsGone(failure))
        {
            // cut off
        }

        transport.Abort();
    }

    private async ValueTask<Admitted?> JudgeAsync(Socket socket, PlainHandshake handshake)
    {
        if (socket.RemoteEndPoint is not IPEndPoint client || socket.LocalEndPoint is not IPEndPoint local) return null;
        if (rules.EndpointFor(handshake, local.Port) is not { } endpoint) return null;
        var context = HandshakeContext.Of(handshake, client, endpoint);
        await using var services = new RequestServicesFeature(context, scopes);
        context.Features.Set<IServiceProvidersFeature>(services);
        if (!handshake.IsSse && (WebSocketHandshake.Check(context, out _) is not null || FirstMessages.IsWanted(context))) return null;
        if (!origins.Admit(context)) return null;
        var judged = await admission.JudgeAsync(context, handshake.IsSse);
        if (!judged.IsAdmitted) return null;
        if (handshake.IsSse) ClientEndpoints.SetEventHeaders(context.Response);
        else WebSocketHandshake.SetHeaders(context);
        return new(handshake.IsSse, judged, client.Address, HandshakeContext.HeadOf(context, handshake.IsSse, clock.GetUtcNow()));
    }

    private sealed record Admitted(bool IsSse, Admission Admission, IPAddress Address, byte[] Head);
}
