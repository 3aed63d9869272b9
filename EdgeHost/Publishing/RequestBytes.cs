using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Notify.EdgeHost.Publishing;

/// <summary>
/// A request's whole body: in place in the server's buffer when it came in one piece, else gathered. To be disposed when it has
/// been read.
/// </summary>
internal readonly struct RequestBytes : IDisposable
{
    private readonly PipeReader? _reader;
    private readonly ReadOnlySequence<byte> _inPlace;
    private readonly byte[]? _gathered;
    private readonly int _length;

    private RequestBytes(PipeReader? reader, ReadOnlySequence<byte> inPlace, byte[]? gathered, int length)
    {
        _reader = reader;
        _inPlace = inPlace;
        _gathered = gathered;
        _length = length;
    }

    /// <summary>The body has more bytes than allowed; they were not all read.</summary>
    public bool IsTooLarge { get; private init; }

    /// <summary>The status to refuse it with when what came was no body: chunks that are none, cut off, too slow; else 0.</summary>
    public int BrokenStatus { get; private init; }

    /// <summary>It cannot be used.</summary>
    public bool IsRefused => IsTooLarge || BrokenStatus != 0;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => _gathered is null ? _inPlace.FirstSpan : _gathered.AsSpan(0, _length);

    /// <summary>Reads a body of at most <paramref name="limitBytes"/>.</summary>
    /// <exception cref="OperationCanceledException">The client has gone: <paramref name="cancellationToken"/> is the request's RequestAborted.</exception>
    public static ValueTask<RequestBytes> ReadAsync(HttpRequest request, int limitBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > limitBytes) return new(new RequestBytes { IsTooLarge = true });
        return ReadAsync(request.BodyReader, limitBytes, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader?.AdvanceTo(_inPlace.End);
        if (_gathered is not null) ArrayPool<byte>.Shared.Return(_gathered);
    }

    private static async ValueTask<RequestBytes> ReadAsync(PipeReader reader, int limitBytes, CancellationToken cancellationToken)
    {
        byte[]? gathered = null;
        int length = 0;
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync(cancellationToken);
                var buffer = result.Buffer;
                if (length + buffer.Length > limitBytes)
                {
                    reader.AdvanceTo(buffer.End);
                    return new() { IsTooLarge = true };
                }

                if (gathered is null && result.IsCompleted && buffer.IsSingleSegment) return new(reader, buffer, null, 0);
                Gather(ref gathered, ref length, buffer);
                reader.AdvanceTo(buffer.End);
                if (!result.IsCompleted) continue;
                byte[]? all = gathered;
                gathered = null;
                return new(null, default, all, length);
            }
        }
        catch (ConnectionResetException)
        {
            // Kestrel is told a moment later that the connection has gone. Whoever answers before makes it drain a body that nobody
            // can read any more, and it logs that as a failure.
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            throw;
        }
        catch (IOException failure)
        {
            // Kestrel has a status for most that can be wrong with a body; a chunk's size beyond all bounds is a plain IOException.
            return new() { BrokenStatus = (failure as BadHttpRequestException)?.StatusCode ?? StatusCodes.Status400BadRequest };
        }
        finally
        {
            if (gathered is not null) ArrayPool<byte>.Shared.Return(gathered);
        }
    }

    private static void Gather(ref byte[]? gathered, ref int length, ReadOnlySequence<byte> buffer)
    {
        int needed = length + (int)buffer.Length;
        if (gathered is null || gathered.Length < needed)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 2 * length));
            gathered.AsSpan(0, length).CopyTo(larger);
            if (gathered is not null) ArrayPool<byte>.Shared.Return(gathered);
            gathered = larger;
        }

        buffer.CopyTo(gathered.AsSpan(length));
        length = needed;
    }
}
