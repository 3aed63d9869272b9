using System.Buffers;
using Notify.EdgeHost.Connections;
using Notify.Protocol;

namespace Notify.EdgeHost.Transports;

/// <summary>Writes ready-made frames to an upgraded request's stream (HTTP/1.1), or to that of an extended CONNECT (HTTP/2).</summary>
internal sealed class WebSocketTransport(HttpContext context, Stream stream) : ITransport
{
    private const int GatherLimitBytes = 32 * 1024;

    /// <inheritdoc/>
    public ConnectionTransport Kind => ConnectionTransport.WebSocket;

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<Frame> frames) =>
        frames.Length == 1 ? stream.WriteAsync(frames.Span[0].Bytes) : WriteManyAsync(frames);

    /// <inheritdoc/>
    public ValueTask WriteCloseAsync(CloseReason reason) => stream.WriteAsync(WebSocketFrames.Close(reason.Code, reason.Text));

    /// <inheritdoc/>
    public void Abort() => context.Abort();

    private async ValueTask WriteManyAsync(ReadOnlyMemory<Frame> frames)
    {
        byte[] gathered = ArrayPool<byte>.Shared.Rent(GatherLimitBytes);
        try
        {
            int length = 0;
            for (int i = 0; i < frames.Length; i++)
            {
                byte[] bytes = frames.Span[i].Bytes;
                if (length > 0 && length + bytes.Length > gathered.Length)
                {
                    await stream.WriteAsync(gathered.AsMemory(0, length));
                    length = 0;
                }

                if (bytes.Length > gathered.Length)
                {
                    await stream.WriteAsync(bytes);
                    continue;
                }

                bytes.CopyTo(gathered, length);
                length += bytes.Length;
            }

            if (length > 0) await stream.WriteAsync(gathered.AsMemory(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(gathered);
        }
    }
}
