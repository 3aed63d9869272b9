using Notify.EdgeHost.Connections;
using Notify.Protocol;

namespace Notify.EdgeHost.Transports;

/// <summary>
/// Writes ready-made events to a response whose head is written. The body's chunks are made here when <paramref name="makesChunks"/>, which
/// is so where bytes go to the connection itself; else the stream is the body. Whoever wrote the head ends the body.
/// </summary>
internal sealed class SseTransport(ClientLink link, bool makesChunks) : ITransport
{
    private const int LargeBytes = 64 * 1024; // beyond, a copy costs more than a further write
    private const int ChunkHeadBytes = 10; // eight digits: a size may begin with zeros (RFC 9112, 7.1)

    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Cursor? _cursor; // where the client is once it has what is written

    /// <inheritdoc/>
    public ConnectionTransport Kind => ConnectionTransport.Sse;

    /// <summary>Ends when the goodbye is written or the client is gone.</summary>
    public Task Over => _over.Task;

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<Frame> frames)
    {
        var first = frames.Span[0];
        if (frames.Length == 1 && first.Bytes.Length > LargeBytes) return WriteLargeAsync(first);
        var gathered = Begin();
        foreach (var frame in frames.Span)
        {
            if (Advance(frame)) SseEventWriter.WriteId(gathered, _cursor!);
            gathered.Add(frame.Bytes);
        }

        return EndAsync(gathered);
    }

    /// <inheritdoc/>
    public async ValueTask WriteCloseAsync(CloseReason reason)
    {
        var gathered = Begin();
        gathered.Add(FrameEncoder.OfThread.CloseEvent(reason.Code, reason.Text));
        await EndAsync(gathered);
        End();
    }

    /// <inheritdoc/>
    public void Abort()
    {
        link.Abort();
        End();
    }

    /// <summary>The client is gone.</summary>
    public void End() => _over.TrySetResult();

    /// <summary>The cursor moves in the order of writing; whether it did.</summary>
    private bool Advance(Frame frame)
    {
        if (frame.Cursor is { } cursor)
        {
            _cursor = cursor;
            return true;
        }

        return frame.Mark is { } mark && _cursor is not null && _cursor.Set(mark.Tag, mark.Position.Epoch, mark.Position.Offset);
    }

    private GatherBuffer Begin()
    {
        var gathered = GatherBuffer.Begin();
        if (makesChunks) gathered.Add("00000000\r\n"u8);
        return gathered;
    }

    private ValueTask EndAsync(GatherBuffer gathered)
    {
        if (makesChunks)
        {
            SetSize(gathered, gathered.Written.Length - ChunkHeadBytes);
            gathered.Add("\r\n"u8);
        }

        var write = link.WriteAsync(gathered);
        return link.IsStraight ? write : FlushAsync(write);
    }

    /// <summary>In parts, so that no connection holds a copy of its own while it takes it.</summary>
    private async ValueTask WriteLargeAsync(Frame frame)
    {
        var gathered = Begin();
        if (Advance(frame)) SseEventWriter.WriteId(gathered, _cursor!);
        if (makesChunks) SetSize(gathered, gathered.Written.Length - ChunkHeadBytes + frame.Bytes.Length);
        if (!gathered.Written.IsEmpty) await link.WriteAsync(gathered);
        await link.WriteAsync(frame.Bytes);
        if (makesChunks) await link.WriteAsync("\r\n"u8.ToArray());
        if (!link.IsStraight) await link.FlushAsync();
    }

    private async ValueTask FlushAsync(ValueTask write)
    {
        await write;
        await link.FlushAsync();
    }

    private static void SetSize(GatherBuffer gathered, int bytes)
    {
        for (int i = 7; i >= 0; i--, bytes >>= 4) gathered.Change(i..(i + 1))[0] = "0123456789abcdef"u8[bytes & 15];
    }
}
