using System.Buffers;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using Notify.Protocol;

namespace Notify.Client;

/// <summary>One WebSocket, from handshake to close.</summary>
internal static class WebSocketLink
{
    private const int FirstBytes = 4096;

    public static async IAsyncEnumerable<ServerFrame> ReadAsync(
        Uri address, NotifyConnectionOptions options, LinkState link, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        string? token = options.AccessToken is { } give ? await give(cancellationToken) : null;
        if (token is not null) socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        var secure = new UriBuilder(address) { Scheme = address.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs };
        try
        {
            await socket.ConnectAsync(secure.Uri, cancellationToken);
        }
        catch (WebSocketException failure) when ((int)socket.HttpStatusCode is >= 400)
        {
            throw new HttpRequestException(failure.Message, failure, socket.HttpStatusCode);
        }

        using var turn = new SemaphoreSlim(1); // a socket takes one send at a time
        link.SendAsync = (frame, cancellation) => SendAsync(socket, turn, frame, cancellation);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var renewing = token is null ? Task.CompletedTask : TokenRenewals.RunAsync(link.SendAsync, token, options, over.Token);
        try
        {
            await foreach (var frame in ReadAsync(socket, link, turn, cancellationToken)) yield return frame;
        }
        finally
        {
            await over.CancelAsync();
            await renewing;
        }
    }

    private static async Task SendAsync(ClientWebSocket socket, SemaphoreSlim turn, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        try
        {
            await turn.WaitAsync(cancellationToken);
            try
            {
                // A send that is cancelled half way would end the connection: only waiting for the turn may be.
                await socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            }
            finally
            {
                turn.Release();
            }
        }
        catch (Exception failure) when (failure is WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            throw new IOException("The connection is broken.", failure);
        }
    }

    private static async IAsyncEnumerable<ServerFrame> ReadAsync(
        ClientWebSocket socket, LinkState link, SemaphoreSlim turn, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var message = new ArrayBufferWriter<byte>(FirstBytes);
        while (true)
        {
            var result = await socket.ReceiveAsync(message.GetMemory(FirstBytes), cancellationToken);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                (link.Code, link.Reason) = ((int?)socket.CloseStatus ?? 1005, socket.CloseStatusDescription ?? "");
                await turn.WaitAsync(cancellationToken); // and keep it: nothing is sent after this
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
                yield break;
            }

            message.Advance(result.Count);
            if (!result.EndOfMessage) continue;
            if (result.MessageType == WebSocketMessageType.Text) yield return ServerFrame.Read(message.WrittenMemory);
            else if (BinaryMessage.TrySplit(message.WrittenMemory, out var header, out var payload)) yield return ServerFrame.Read(header, payload.ToArray());
            message.ResetWrittenCount();
        }
    }
}
