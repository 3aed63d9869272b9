using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Notify.Protocol;

namespace Notify.Tests.Platform;

/// <summary>A WebSocket client over a bare socket, which can also do what no well-behaved client does.</summary>
public sealed class RawWebSocket : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;

    private RawWebSocket(Socket socket)
    {
        _socket = socket;
        _stream = new(socket, ownsSocket: true);
    }

    /// <summary>Whether pings are answered, as every client should.</summary>
    public bool AnswersPings { get; set; } = true;

    /// <summary>The welcome, once it was received.</summary>
    public JsonElement Welcome { get; private set; }

    public string ConnectionId => Welcome.GetProperty("connectionId").GetString()!;

    /// <summary>Does the handshake; fails with the status line where it is refused.</summary>
    public static Task<RawWebSocket> OpenAsync(TestEdgeHost edge, string query, int receiveBufferBytes = 0, string headers = "") =>
        OpenAsync(edge.Address, query, receiveBufferBytes, headers);

    /// <summary>Does the handshake with the edge of another process.</summary>
    public static async Task<RawWebSocket> OpenAsync(Uri edge, string query, int receiveBufferBytes = 0, string headers = "")
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferBytes > 0) socket.ReceiveBufferSize = receiveBufferBytes;
        await socket.ConnectAsync(edge.Host, edge.Port);
        var client = new RawWebSocket(socket);
        string key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        await client._stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET /ws?{query} HTTP/1.1\r\nHost: {edge.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n"));
        string head = await client.ReadHeadAsync().Within("the answer to the handshake");
        if (!head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal)) throw new IOException(head.Split("\r\n")[0]);
        if (!head.Contains($"Sec-WebSocket-Accept: {WebSocketFrames.AcceptOf(key)}\r\n", StringComparison.OrdinalIgnoreCase))
            throw new IOException("The handshake's accept key is wrong.");
        return client;
    }

    /// <summary>Does the handshake and waits for the welcome.</summary>
    public static Task<RawWebSocket> ConnectAsync(TestEdgeHost edge, string query, int receiveBufferBytes = 0, string headers = "") =>
        ConnectAsync(edge.Address, query, receiveBufferBytes, headers);

    /// <summary>Does the handshake with the edge of another process and waits for the welcome.</summary>
    public static async Task<RawWebSocket> ConnectAsync(Uri edge, string query, int receiveBufferBytes = 0, string headers = "")
    {
        var client = await OpenAsync(edge, query, receiveBufferBytes, headers);
        client.Welcome = await client.ReceiveJsonAsync();
        return client;
    }

    public Task SendTextAsync(string text) => SendFrameAsync((byte)WebSocketOpcode.Text, Encoding.UTF8.GetBytes(text));

    public Task SendFrameAsync(byte opcode, byte[] payload, bool isFinal = true, bool isMasked = true, int reservedBits = 0) =>
        SendRawAsync(FrameOf(opcode, payload, isFinal, isMasked, reservedBits));

    public async Task SendRawAsync(byte[] bytes) => await _stream.WriteAsync(bytes);

    public Task SendCloseAsync(int code)
    {
        byte[] payload = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        return SendFrameAsync((byte)WebSocketOpcode.Close, payload);
    }

    /// <summary>The next JSON text frame.</summary>
    public async Task<JsonElement> ReceiveJsonAsync()
    {
        var (opcode, payload) = await ReceiveAsync();
        if (opcode == WebSocketOpcode.Close) throw new IOException($"Closed with {BinaryPrimitives.ReadUInt16BigEndian(payload)}.");
        if (opcode != WebSocketOpcode.Text) throw new IOException($"A frame of kind {opcode}.");
        return JsonElement.Parse(payload);
    }

    /// <summary>The next notification; a new cursor, which a ping may bring where something was left out, is passed over.</summary>
    public async Task<JsonElement> ReceiveNotificationAsync()
    {
        while (true)
        {
            var frame = await ReceiveJsonAsync();
            if (frame.GetProperty("type").GetString() != "cursor") return frame;
        }
    }

    /// <summary>The next data or close frame; pings are answered on the way.</summary>
    public async Task<(WebSocketOpcode Opcode, byte[] Payload)> ReceiveAsync()
    {
        while (true)
        {
            var frame = await ReadFrameAsync().Within("a frame");
            if (frame.Opcode == WebSocketOpcode.Ping)
            {
                if (AnswersPings) await SendFrameAsync((byte)WebSocketOpcode.Pong, frame.Payload);
                continue;
            }

            return frame;
        }
    }

    /// <summary>Reads to the close frame; its code and reason.</summary>
    public async Task<(int Code, string Reason)> ReceiveCloseReasonAsync()
    {
        while (true)
        {
            var (opcode, payload) = await ReceiveAsync();
            if (opcode == WebSocketOpcode.Close) return (BinaryPrimitives.ReadUInt16BigEndian(payload), Encoding.UTF8.GetString(payload, 2, payload.Length - 2));
        }
    }

    /// <summary>Reads to the close frame; its code.</summary>
    public async Task<int> ReceiveCloseAsync()
    {
        while (true)
        {
            var (opcode, payload) = await ReceiveAsync();
            if (opcode == WebSocketOpcode.Close) return BinaryPrimitives.ReadUInt16BigEndian(payload);
        }
    }

    /// <summary>Reads the next frame of any kind.</summary>
    public async Task<(WebSocketOpcode Opcode, byte[] Payload)> ReadFrameAsync()
    {
        byte[] header = new byte[2];
        await _stream.ReadExactlyAsync(header);
        long length = header[1] & 0x7F;
        if (length >= 126)
        {
            byte[] more = new byte[length == 126 ? 2 : 8];
            await _stream.ReadExactlyAsync(more);
            length = more.Length == 2 ? BinaryPrimitives.ReadUInt16BigEndian(more) : BinaryPrimitives.ReadInt64BigEndian(more);
        }

        byte[] payload = new byte[length];
        await _stream.ReadExactlyAsync(payload);
        return ((WebSocketOpcode)(header[0] & 0x0F), payload);
    }

    /// <summary>Whether the server has ended the TCP connection.</summary>
    public async Task WaitForEndAsync()
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (await _stream.ReadAsync(buffer).AsTask().Within("the end of the connection") > 0)
            {
            }
        }
        catch (IOException)
        {
            // Reset is an end, too.
        }
    }

    /// <summary>Goes without a word: TCP reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new(true, 0);
        _socket.Close();
    }

    public static byte[] FrameOf(byte opcode, byte[] payload, bool isFinal = true, bool isMasked = true, int reservedBits = 0)
    {
        var frame = new List<byte> { (byte)((isFinal ? 0x80 : 0) | (reservedBits << 4) | opcode) };
        byte maskBit = (byte)(isMasked ? 0x80 : 0);
        if (payload.Length < 126)
        {
            frame.Add((byte)(maskBit | payload.Length));
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            frame.Add((byte)(maskBit | 126));
            frame.AddRange([(byte)(payload.Length >> 8), (byte)payload.Length]);
        }
        else
        {
            frame.Add((byte)(maskBit | 127));
            byte[] length = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(length, payload.Length);
            frame.AddRange(length);
        }

        byte[] mask = isMasked ? RandomNumberGenerator.GetBytes(4) : new byte[4];
        if (isMasked) frame.AddRange(mask);
        for (int i = 0; i < payload.Length; i++) frame.Add((byte)(payload[i] ^ mask[i & 3]));
        return [.. frame];
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task<string> ReadHeadAsync()
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await _stream.ReadExactlyAsync(one);
            _ = head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
