using System.Buffers;
using System.Net.Sockets;

namespace Notify.EdgeHost.Transports;

/// <summary>
/// The way to one client below its transport: where its bytes come from, where bytes for it go, and how it is cut off. Bytes go straight to
/// the socket, tried first without waiting, where there is one; to the stream otherwise. One write at a time; the outbox sees to it.
/// </summary>
/// <param name="stream">Reads what the client sends, and takes what goes to it when there is no <paramref name="socket"/>. Null: the socket does both.</param>
/// <param name="socket">
/// The connection's own: plain TCP, not blocking, and whoever gives it has nothing left to write there and writes nothing while the transport does.
/// Null: writes go to the stream.
/// </param>
/// <param name="abort">Cuts the connection off; may be called at any time, more than once. Null: the socket is shut down and closed.</param>
internal sealed class ClientLink(Stream? stream, Socket? socket, Action? abort)
{
    private const int DiscardBytes = 16 * 1024;
    private const int DiscardLimitBytes = 16 * 1024 * 1024;

    // Over a stream the client is not told that nothing more will come: one that waits for the connection's end shall not wait long.
    private static readonly TimeSpan StreamDiscardTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Whether bytes go straight to the socket.</summary>
    public bool IsStraight => socket is not null;

    /// <summary>Whether reading from a client failed because it is gone, or was cut off.</summary>
    public static bool IsGone(Exception failure) => failure is IOException or SocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;

    /// <summary>Cuts the connection off.</summary>
    public void Abort()
    {
        if (abort is not null) abort();
        else Close(socket!);
    }

    /// <summary>Ends a connection; what was written before still reaches the client, if it reads.</summary>
    public static void Close(Socket socket)
    {
        Shutdown(socket, SocketShutdown.Both);
        socket.Dispose();
    }

    /// <summary>.NET would wait for room in Send, although a socket that was used without waiting does not itself. False: it is gone.</summary>
    public static bool TryMakeNonBlocking(Socket socket)
    {
        try
        {
            socket.Blocking = false;
            return true;
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Waits, without a buffer, until there is something to read or the client has gone.</summary>
    public ValueTask<int> WaitAsync() => ReadAsync(Memory<byte>.Empty);

    /// <summary>Reads what the client sends; 0 at its end.</summary>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        stream is null ? socket!.ReceiveAsync(buffer, cancellationToken) : stream.ReadAsync(buffer, cancellationToken);

    /// <summary>Sends what the stream has gathered.</summary>
    public Task FlushAsync() => stream is null ? Task.CompletedTask : stream.FlushAsync();

    /// <summary>Writes bytes that nobody changes; done, perhaps at once, when the server's buffers have taken them.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (socket is null) return stream!.WriteAsync(bytes);
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

    /// <summary>Nothing more will be written: tells the client so, where it can be told.</summary>
    public void FinishWriting()
    {
        if (socket is not null) Shutdown(socket, SocketShutdown.Send);
    }

    /// <summary>
    /// Reads away what a client still sends after the last that was written, until it ends; not for long, and not much. A connection that
    /// ends with unread bytes is reset, and the reset may overtake the goodbye (RFC 1122, 4.2.2.13).
    /// </summary>
    public async Task DiscardAsync(TimeSpan timeout, TimeProvider clock)
    {
        if (socket is null && timeout > StreamDiscardTimeout) timeout = StreamDiscardTimeout;
        using var limit = new CancellationTokenSource(timeout, clock);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(DiscardBytes);
        try
        {
            for (long left = DiscardLimitBytes; left > 0;)
            {
                int length = await ReadAsync(buffer, limit.Token);
                if (length == 0) return;
                left -= length;
            }
        }
        catch (Exception failure) when (IsGone(failure))
        {
            // It is gone, or has had its time.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Shutdown(Socket socket, SocketShutdown how)
    {
        try
        {
            socket.Shutdown(how);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // It is gone already.
        }
    }

    private ValueTask WriteToStreamAsync(ReadOnlyMemory<byte> bytes, byte[] buffer) => ReturnAfterAsync(stream!.WriteAsync(bytes), buffer);

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
