using System.IO.Pipelines;
using Notify.EdgeHost.Connections;
using Notify.Protocol;

namespace Notify.EdgeHost.Transports;

/// <summary>Writes ready-made events to a response (HTTP/1.1 or HTTP/2).</summary>
internal sealed class SseTransport(HttpContext context) : ITransport
{
    private readonly PipeWriter _body = context.Response.BodyWriter;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Cursor? _cursor; // where the client is once it has what is written

    /// <inheritdoc/>
    public ConnectionTransport Kind => ConnectionTransport.Sse;

    /// <summary>Ends when the goodbye is written or the client is gone.</summary>
    public Task Over => _over.Task;

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<Frame> frames)
    {
        foreach (var frame in frames.Span)
        {
            if (Advance(frame)) SseEventWriter.WriteId(_body, _cursor!);
            Write(frame.Bytes);
        }

        return FlushAsync();
    }

    /// <inheritdoc/>
    public async ValueTask WriteCloseAsync(CloseReason reason)
    {
        Write(FrameEncoder.OfThread.CloseEvent(reason.Code, reason.Text));
        await FlushAsync();
        End();
    }

    /// <inheritdoc/>
    public void Abort()
    {
        context.Abort();
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

    private void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_body.GetSpan(bytes.Length));
        _body.Advance(bytes.Length);
    }

    private ValueTask FlushAsync()
    {
        var flush = _body.FlushAsync();
        if (!flush.IsCompletedSuccessfully) return Awaited(flush);
        ThrowIfOver(flush.Result);
        return ValueTask.CompletedTask;

        static async ValueTask Awaited(ValueTask<FlushResult> flush) => ThrowIfOver(await flush);
    }

    private static void ThrowIfOver(FlushResult result)
    {
        if (result.IsCompleted || result.IsCanceled) throw new IOException("The client is gone.");
    }
}
