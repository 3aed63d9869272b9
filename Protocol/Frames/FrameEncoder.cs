using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Notify.Protocol;

/// <summary>
/// Turns frames into the bytes that go to the socket, header included: complete WebSocket frames, or complete
/// SSE events. Reuses its buffers; one thread at a time. The arrays it returns are exact and the caller's.
/// </summary>
public sealed class FrameEncoder : IDisposable
{
    private const int KeepBytes = 256 * 1024;
    private const int BinaryHeaderLimitBytes = ushort.MaxValue;

    // Relaxed: the text goes into JSON only, never into HTML, and stays as short as it came.
    private static readonly JsonWriterOptions WriterOptions =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static FrameEncoder? _ofThread;

    private readonly Utf8JsonWriter _json;
    private ArrayBufferWriter<byte> _scratch = new(1024);
    private ArrayBufferWriter<byte> _event = new(1024);

    /// <summary>With buffers of its own.</summary>
    public FrameEncoder() => _json = new(_scratch, WriterOptions);

    /// <summary>The calling thread's encoder; not to be kept across an await.</summary>
    public static FrameEncoder OfThread => _ofThread ??= new();

    /// <summary>A notification as a WebSocket frame: text, or for bytes a binary message (two bytes length, JSON header, payload).</summary>
    public byte[] NotificationMessage(in NotificationFrame frame)
    {
        Start();
        if (!frame.IsBinary)
        {
            ServerFrameWriter.WriteNotification(_json, frame);
            return ToWebSocket(WebSocketOpcode.Text, default, default);
        }

        ServerFrameWriter.WriteBinaryHeader(_json, frame);
        _json.Flush();
        if (_scratch.WrittenCount > BinaryHeaderLimitBytes) throw new ArgumentException("The notification's names are too long.", nameof(frame));
        Span<byte> prefix = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(prefix, (ushort)_scratch.WrittenCount);
        return ToWebSocket(WebSocketOpcode.Binary, prefix, frame.Payload.Span);
    }

    /// <summary>A notification as an SSE event, without <c>id:</c>: that is each connection's own (<see cref="SseEventWriter.WriteId"/>).</summary>
    public byte[] NotificationEvent(in NotificationFrame frame)
    {
        Start();
        ServerFrameWriter.WriteNotification(_json, frame);
        return ToEvent(SseEventWriter.EventNameOf(frame.Event), null);
    }

    /// <summary>The JSON of a notification alone.</summary>
    public byte[] NotificationJson(in NotificationFrame frame)
    {
        Start();
        ServerFrameWriter.WriteNotification(_json, frame);
        _json.Flush();
        return _scratch.WrittenSpan.ToArray();
    }

    /// <summary>A welcome as a WebSocket frame or an SSE event, which then also says how soon to reconnect by itself.</summary>
    public byte[] Welcome(WelcomeFrame frame, bool isSse, TimeSpan retry)
    {
        Start();
        ServerFrameWriter.WriteWelcome(_json, frame);
        return isSse ? ToEvent(FrameTypes.Welcome, retry) : ToWebSocket(WebSocketOpcode.Text, default, default);
    }

    /// <summary>A reply, as a WebSocket frame.</summary>
    public byte[] Reply(ReplyFrame frame)
    {
        Start();
        ServerFrameWriter.WriteReply(_json, frame);
        return ToWebSocket(WebSocketOpcode.Text, default, default);
    }

    /// <summary>The JSON of a reply alone.</summary>
    public byte[] ReplyJson(ReplyFrame frame)
    {
        Start();
        ServerFrameWriter.WriteReply(_json, frame);
        _json.Flush();
        return _scratch.WrittenSpan.ToArray();
    }

    /// <summary>The JSON of an error alone.</summary>
    public byte[] ErrorJson(in FrameError error)
    {
        Start();
        ServerFrameWriter.WriteError(_json, error);
        _json.Flush();
        return _scratch.WrittenSpan.ToArray();
    }

    /// <summary>A renewed cursor, as a WebSocket frame.</summary>
    public byte[] CursorMessage(Cursor cursor)
    {
        Start();
        ServerFrameWriter.WriteCursor(_json, cursor);
        return ToWebSocket(WebSocketOpcode.Text, default, default);
    }

    /// <summary>An error, as a WebSocket frame.</summary>
    public byte[] Error(in FrameError error)
    {
        Start();
        ServerFrameWriter.WriteError(_json, error);
        return ToWebSocket(WebSocketOpcode.Text, default, default);
    }

    /// <summary>When to come back, as a WebSocket frame or an SSE event with <c>retry:</c>.</summary>
    public byte[] Reconnect(TimeSpan after, bool isSse)
    {
        Start();
        ServerFrameWriter.WriteReconnect(_json, after);
        return isSse ? ToEvent(FrameTypes.Reconnect, after) : ToWebSocket(WebSocketOpcode.Text, default, default);
    }

    /// <summary>Why the stream ends, as an SSE event.</summary>
    public byte[] CloseEvent(int code, string reason)
    {
        Start();
        ServerFrameWriter.WriteClose(_json, code, reason);
        return ToEvent(FrameTypes.Close, null);
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    private void Start()
    {
        // A rare large frame must not keep its buffer for good.
        if (_scratch.Capacity > KeepBytes) _scratch = new(1024);
        if (_event.Capacity > KeepBytes) _event = new(1024);
        _scratch.ResetWrittenCount();
        _json.Reset(_scratch);
    }

    private byte[] ToWebSocket(WebSocketOpcode opcode, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        _json.Flush();
        var json = _scratch.WrittenSpan;
        int payload = before.Length + json.Length + after.Length;
        byte[] bytes = GC.AllocateUninitializedArray<byte>(WebSocketFrames.HeaderBytes(payload) + payload);
        var rest = bytes.AsSpan(WebSocketFrames.WriteHeader(bytes, opcode, payload));
        before.CopyTo(rest);
        json.CopyTo(rest[before.Length..]);
        after.CopyTo(rest[(before.Length + json.Length)..]);
        return bytes;
    }

    private byte[] ToEvent(string name, TimeSpan? retry)
    {
        _json.Flush();
        _event.ResetWrittenCount();
        SseEventWriter.Write(_event, name, retry, _scratch.WrittenSpan);
        return _event.WrittenSpan.ToArray();
    }
}
