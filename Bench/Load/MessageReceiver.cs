using System.Net.WebSockets;

namespace Notify.Bench.Load;

/// <summary>Receives whole messages into one buffer that grows with the longest.</summary>
internal sealed class MessageReceiver(ClientWebSocket socket)
{
    private const int FirstBytes = 1024;

    private byte[] _buffer = new byte[FirstBytes];

    /// <summary>The next message, good until the one after it; null: the server has closed.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellationToken)
    {
        int length = 0;
        while (true)
        {
            if (length == _buffer.Length) Array.Resize(ref _buffer, length * 2);
            var result = await socket.ReceiveAsync(_buffer.AsMemory(length), cancellationToken);
            if (result.MessageType == WebSocketMessageType.Close) return null;
            length += result.Count;
            if (result.EndOfMessage) return _buffer.AsMemory(0, length);
        }
    }
}
