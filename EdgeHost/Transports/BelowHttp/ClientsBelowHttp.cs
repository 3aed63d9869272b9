using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
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
    private long _servedCount;

    /// <summary>How many clients came in this way.</summary>
    public long ServedCount => Volatile.Read(ref _servedCount);

    /// <summary>Serves a connection, or passes it on. Holds next to nothing meanwhile: what the handshake needed is gone by then.</summary>
    public async Task OnConnectionAsync(ConnectionContext connection, bool isHttp1, ConnectionDelegate http) =>
        await ((isHttp1 ? await BeginAsync(connection) : null) ?? http(connection));

    /// <summary>Answers the handshake and begins to serve; null: nothing was done.</summary>
    private async ValueTask<Task?> BeginAsync(ConnectionContext connection)
    {
        if (await TryAdmitAsync(connection) is not { } admitted) return null;
        var input = connection.Transport.Input;
        var link = new ClientLink(admitted.IsSse ? Stream.Null : input.AsStream(leaveOpen: true), admitted.Socket, connection.Abort) { Input = input };
        try
        {
            admitted.Socket.Blocking = false; // .NET would wait for room in Send, although the socket itself does not
            await link.WriteAsync(admitted.Head);
        }
        catch (Exception failure) when (IsGone(failure))
        {
            return Task.CompletedTask;
        }

        var (edge, request) = (admitted.Admission.Edge!, admitted.Admission.Request!);
        return admitted.IsSse ? ServeEventsAsync(link, edge, request) : serving.ServeWebSocketAsync(link, edge, request, admitted.Address, []);
    }

    private async Task ServeEventsAsync(ClientLink link, Edge edge, ConnectRequest request)
    {
        var transport = new SseTransport(link, makesChunks: true);
        var watching = WatchAsync(link.Input!, transport);
        await ClientServing.ServeEventsAsync(transport, edge, request);
        await EndBodyAsync(link);
        link.Input!.CancelPendingRead();
        await watching;
    }

    /// <summary>The stream has come to its end, unless the client is gone.</summary>
    private async Task EndBodyAsync(ClientLink link)
    {
        try
        {
            await link.WriteAsync("0\r\n\r\n"u8.ToArray()).AsTask().WaitAsync(options.Value.CloseTimeout, clock);
        }
        catch (Exception failure) when (IsGone(failure) || failure is TimeoutException)
        {
            link.Abort();
        }
    }

    /// <summary>
    /// Sees when the client goes, and cuts the connection off then: a write to who reads no more would never end. What a client sends behind
    /// its request waits, within the server's bound, and is not read.
    /// </summary>
    private static async Task WatchAsync(PipeReader input, SseTransport transport)
    {
        try
        {
            while (true)
            {
                var result = await input.ReadAsync();
                if (result.IsCanceled) return; // by ServeEventsAsync
                if (result.IsCompleted) break;
                input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            }
        }
        catch (Exception failure) when (IsGone(failure))
        {
            // cut off
        }

        transport.Abort();
    }

    private static bool IsGone(Exception failure) => ClientLink.IsGone(failure) || failure is System.Net.Sockets.SocketException;

    private async ValueTask<Admitted?> TryAdmitAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        Admitted? admitted = null;
        ReadResult read;
        try
        {
            read = await FirstBytes.ReadAsync(input, clock);
        }
        catch (Exception failure) when (IsGone(failure))
        {
            return null; // HTTP knows what is to be done
        }

        try
        {
            if (!read.IsCompleted && !read.IsCanceled && TryRead(read.Buffer, out var handshake)) admitted = await JudgeAsync(connection, handshake);
        }
        finally
        {
            input.AdvanceTo(admitted is null ? read.Buffer.Start : read.Buffer.End);
        }

        return admitted;
    }

    private static bool TryRead(in ReadOnlySequence<byte> bytes, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PlainHandshake? handshake)
    {
        handshake = null;
        if (bytes.Length > PlainHandshake.LimitBytes) return false;
        return PlainHandshake.TryRead(bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray(), out handshake);
    }

    private async ValueTask<Admitted?> JudgeAsync(ConnectionContext connection, PlainHandshake handshake)
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { ProtocolType: System.Net.Sockets.ProtocolType.Tcp } socket) return null;
        if (connection.RemoteEndPoint is not IPEndPoint client || connection.LocalEndPoint is not IPEndPoint local) return null;
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
        _ = Interlocked.Increment(ref _servedCount);
        return new(handshake.IsSse, judged, client.Address, socket, HandshakeContext.HeadOf(context, handshake.IsSse, clock.GetUtcNow()));
    }

    private sealed record Admitted(bool IsSse, Admission Admission, IPAddress Address, System.Net.Sockets.Socket Socket, byte[] Head);
}
