using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Notify.EdgeHost.Publishing;

/// <summary>Answers with JSON in one piece, with its length: a chunked answer costs server and client more.</summary>
internal sealed class JsonAnswer : IDisposable
{
    private const int KeepBytes = 64 * 1024;
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [ThreadStatic]
    private static JsonAnswer? _ofThread;

    private readonly Utf8JsonWriter _json;
    private ArrayBufferWriter<byte> _buffer = new(512);

    private JsonAnswer() => _json = new(_buffer, WriterOptions);

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    /// <summary>Writes status, head and what <paramref name="write"/> makes of <paramref name="state"/>.</summary>
    public static Task WriteAsync<T>(HttpResponse response, int status, T state, Action<Utf8JsonWriter, T> write)
    {
        var answer = _ofThread ??= new();
        answer._buffer.ResetWrittenCount();
        answer._json.Reset(answer._buffer);
        write(answer._json, state);
        answer._json.Flush();
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = answer._buffer.WrittenCount;

        // The writer copies at once; the buffer is free again when this returns.
        var body = response.BodyWriter;
        body.Write(answer._buffer.WrittenSpan);
        if (answer._buffer.Capacity > KeepBytes) answer._buffer = new(512);
        var flushing = body.FlushAsync();
        if (!flushing.IsCompletedSuccessfully) return flushing.AsTask();
        _ = flushing.GetAwaiter().GetResult();
        return Task.CompletedTask;
    }
}
