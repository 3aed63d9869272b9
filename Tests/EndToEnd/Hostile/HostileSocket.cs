using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Notify.Protocol;
using Notify.Tests.Platform;

namespace Notify.Tests.EndToEnd.Hostile;

/// <summary>A bare TCP connection that sends whatever it likes, and tells how the server ended it.</summary>
internal sealed class HostileSocket : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[4096];
    private int _from;
    private int _to;

    public static async Task<HostileSocket> ConnectAsync(Uri edge)
    {
        var socket = new HostileSocket();
        await socket._socket.ConnectAsync(edge.Host, edge.Port);
        return socket;
    }

    /// <summary>Sends; false when the server has gone.</summary>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty) bytes = bytes[await _socket.SendAsync(bytes).AsTask().Within("the server to take bytes")..];
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public Task<bool> SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public Task<bool> SendTextAsync(string text) => SendAsync(RawWebSocket.FrameOf((byte)WebSocketOpcode.Text, Encoding.UTF8.GetBytes(text)));

    /// <summary>Says that nothing more will come.</summary>
    public void FinishSending()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It has ended already.
        }
    }

    /// <summary>Goes without a word: TCP reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new(true, 0);
        _socket.Close();
    }

    /// <summary>The status of the next answer, and its head is read; "cut" when there is none.</summary>
    public async Task<string> StatusAsync()
    {
        var head = new StringBuilder();
        while (head.Length < 64 * 1024 && !(head.Length >= 4 && head.ToString(head.Length - 4, 4) == "\r\n\r\n"))
        {
            if (await ReadByteAsync() is not { } next) return head.Length == 0 ? "cut" : $"cut after {head.Length} bytes";
            _ = head.Append((char)next);
        }

        string text = head.ToString();
        return text.StartsWith("HTTP/1.", StringComparison.Ordinal) ? text[9..12] : $"no HTTP: {text}";
    }

    /// <summary>The statuses of all answers up to the end.</summary>
    public async Task<string> StatusesAsync()
    {
        var text = new StringBuilder();
        while (await ReadByteAsync() is { } next) _ = text.Append((char)next);
        return string.Join(", ", text.ToString().Split("HTTP/1.1 ").Skip(1).Select(answer => answer[..3]));
    }

    /// <summary>Reads frames to the end: "close" with its code, or "cut".</summary>
    public async Task<string> EndingAsync()
    {
        while (await ReadFrameAsync() is var (opcode, payload))
        {
            if (opcode == WebSocketOpcode.Close) return $"close {BinaryPrimitives.ReadUInt16BigEndian(payload)}";
        }

        return "cut";
    }

    /// <summary>"lives" when a ping frame is answered, whatever comes before the answer; else how it ended.</summary>
    public async Task<string> LivesAsync()
    {
        const string reference = "alive";
        _ = await SendTextAsync($$"""{"type":"ping","ref":"{{reference}}"}""");
        while (await ReadFrameAsync() is var (opcode, payload))
        {
            if (opcode == WebSocketOpcode.Close) return $"close {BinaryPrimitives.ReadUInt16BigEndian(payload)}";
            if (opcode == WebSocketOpcode.Text && Encoding.UTF8.GetString(payload).Contains(reference, StringComparison.Ordinal)) return "lives";
        }

        return "cut";
    }

    /// <summary>The next frame; null at the end.</summary>
    public async Task<(WebSocketOpcode Opcode, byte[] Payload)?> ReadFrameAsync()
    {
        if (await ReadByteAsync() is not { } first || await ReadByteAsync() is not { } second) return null;
        long length = second & 0x7F;
        int more = length switch { 126 => 2, 127 => 8, _ => 0 };
        if (more > 0) length = 0;
        for (int i = 0; i < more; i++)
        {
            if (await ReadByteAsync() is not { } next) return null;
            length = (length << 8) | next;
        }

        byte[] payload = new byte[length];
        for (int i = 0; i < length; i++)
        {
            if (await ReadByteAsync() is not { } next) return null;
            payload[i] = next;
        }

        return ((WebSocketOpcode)(first & 0x0F), payload);
    }

    public void Dispose() => _socket.Dispose();

    private ValueTask<byte?> ReadByteAsync() => _from < _to ? new(_buffer[_from++]) : FillAsync();

    private async ValueTask<byte?> FillAsync()
    {
        try
        {
            (_from, _to) = (0, await _socket.ReceiveAsync(_buffer.AsMemory()).AsTask().Within("an answer, a close or a cut"));
        }
        catch (SocketException)
        {
            _to = 0; // reset is an end, too
        }

        return _to == 0 ? null : _buffer[_from++];
    }
}
