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

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var renewing = token is null ? Task.CompletedTask : TokenRenewals.RunAsync(socket, token, options, over.Token);
        try
        {
            await foreach (var frame in ReadAsync(socket, link, over, renewing, cancellationToken)) yield return frame;
        }
        finally
        {
            await over.CancelAsync();
            await renewing;
        }
    }

    private static async IAsyncEnumerable<ServerFrame> ReadAsync(
        ClientWebSocket socket, LinkState link, CancellationTokenSource over, Task renewing, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var message = new ArrayBufferWriter<byte>(FirstBytes);
        while (true)
        {
            var result = await socket.ReceiveAsync(message.GetMemory(FirstBytes), cancellationToken);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                (link.Code, link.Reason) = ((int?)socket.CloseStatus ?? 1005, socket.CloseStatusDescription ?? "");
                await over.CancelAsync();
                await renewing; // one at a time may send
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
