using System.Net.Sockets;

namespace Notify.EdgeHost.Transports;

/// <summary>
/// The way to one client below its transport: where its bytes come from, where bytes for it go, and how it is cut off. Bytes go straight to
/// the socket, tried first without waiting, where there is one; to the stream otherwise. One write at a time; the outbox sees to it.
/// </summary>
/// <param name="stream">Reads what the client sends, and takes what goes to it when there is no <paramref name="socket"/>.</param>
/// <param name="socket">
/// The connection's own: plain TCP, and whoever gives it has nothing left to write there and writes nothing while the transport does.
/// Null: writes go to the stream.
/// </param>
/// <param name="abort">Cuts the connection off; may be called at any time, more than once.</param>
internal sealed class ClientLink(Stream stream, Socket? socket, Action abort)
{
    /// <summary>Reads what the client sends.</summary>
    public Stream Stream => stream;

    /// <summary>Whether bytes go straight to the socket.</summary>
    public bool IsStraight => socket is not null;

    /// <summary>Cuts the connection off.</summary>
    public void Abort() => abort();

    /// <summary>Writes bytes that nobody changes; done, perhaps at once, when the server's buffers have taken them.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (socket is null) return stream.WriteAsync(bytes);
        int sent = Send(bytes.Span);
        return sent == bytes.Length ? ValueTask.CompletedTask : SendRestAsync(bytes[sent..]);
    }

    /// <summary>Writes what a thread has gathered, and leaves the buffer empty; done, perhaps at once, when the server's buffers have taken it.</summary>
    public ValueTask WriteAsync(GatherBuffer gathered)
    {
        if (socket is null) return WriteToStreamAsync(gathered.Written, gathered.Detach());
        var bytes = gathered.Written;
        int sent = Send(bytes.Span);
        if (sent < bytes.Length) return ReturnAfterAsync(SendRestAsync(bytes[sent..]), gathered.Detach());
        gathered.Clear();
        return ValueTask.CompletedTask;
    }

    private ValueTask WriteToStreamAsync(ReadOnlyMemory<byte> bytes, byte[] buffer) => ReturnAfterAsync(stream.WriteAsync(bytes), buffer);

    private static async ValueTask ReturnAfterAsync(ValueTask write, byte[] buffer)
    {
        try
        {
            await write;
        }
        finally
        {
            GatherBuffer.Return(buffer);
        }
    }

    /// <summary>How much the socket took at once.</summary>
    private int Send(ReadOnlySpan<byte> bytes)
    {
        int sent = socket!.Send(bytes, SocketFlags.None, out var error);
        return error is SocketError.Success or SocketError.WouldBlock ? sent : throw new SocketException((int)error);
    }

    private async ValueTask SendRestAsync(ReadOnlyMemory<byte> rest)
    {
        while (!rest.IsEmpty) rest = rest[await socket!.SendAsync(rest)..];
    }
}
