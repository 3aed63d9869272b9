using Notify.EdgeHost.Connections;
using Notify.Protocol;

namespace Notify.EdgeHost.Transports;

/// <summary>Writes ready-made frames to a WebSocket, however it was opened.</summary>
internal sealed class WebSocketTransport(ClientLink link) : ITransport
{
    /// <inheritdoc/>
    public ConnectionTransport Kind => ConnectionTransport.WebSocket;

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<Frame> frames)
    {
        if (frames.Length == 1) return link.WriteAsync(frames.Span[0].Bytes);
        var gathered = GatherBuffer.Begin();
        foreach (var frame in frames.Span) gathered.Add(frame.Bytes);
        return link.WriteAsync(gathered);
    }

    /// <inheritdoc/>
    public async ValueTask WriteCloseAsync(CloseReason reason)
    {
        await link.WriteAsync(WebSocketFrames.Close(reason.Code, reason.Text));
        link.FinishWriting();
    }

    /// <inheritdoc/>
    public void Abort() => link.Abort();
}
