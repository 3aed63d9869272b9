using System.Buffers;
using System.Net.Sockets;

namespace Notify.EdgeHost.Transports.BelowHttp;

/// <summary>Looks at the first bytes of a connection and leaves them where they are.</summary>
internal static class FirstBytes
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>Waits so briefly that HTTP's own limits are what counts for those who send nothing.</summary>
    public static async ValueTask WaitAsync(Socket socket, TimeProvider clock)
    {
        if (socket.Available > 0) return;
        using var limit = new CancellationTokenSource(Limit, clock);
        try
        {
            _ = await socket.ReceiveAsync(Memory<byte>.Empty, limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }
    }

    /// <summary>The handshake that has come; null: what has come, if anything, is for HTTP.</summary>
    public static PlainHandshake? Peek(Socket socket, out int length)
    {
        length = 0;
        if (socket.Available == 0) return null;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PlainHandshake.LimitBytes + 1);
        try
        {
            length = socket.Receive(buffer, SocketFlags.Peek);
            return PlainHandshake.TryRead(buffer.AsSpan(0, length), out var handshake) ? handshake : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true); // there are tokens in it
        }
    }

    /// <summary>Takes them away.</summary>
    public static void Take(Socket socket, int length)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            while (length > 0 && socket.Receive(buffer, 0, length, SocketFlags.None) is var taken and > 0) length -= taken;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }
}
