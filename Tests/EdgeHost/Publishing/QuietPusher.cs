using System.Net.Sockets;
using System.Text;

namespace Notify.Tests.EdgeHost.Publishing;

/// <summary>Sends one ready request again and again over one connection and waits for each answer, without allocating anything.</summary>
internal sealed class QuietPusher : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _request;
    private readonly byte[] _answer = new byte[256 * 1024];

    public QuietPusher(Uri edge, string path, string body)
    {
        _request = Encoding.UTF8.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: {edge.Authority}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
        _socket.Connect(edge.Host, edge.Port);
    }

    /// <summary>Pushes so many times; each must be answered with this status.</summary>
    public void Push(int times, ReadOnlySpan<byte> status)
    {
        for (int i = 0; i < times; i++)
        {
            _ = _socket.Send(_request);
            int length = 0;
            while (!IsWhole(_answer.AsSpan(0, length)))
            {
                int received = _socket.Receive(_answer.AsSpan(length));
                if (received == 0) throw new IOException("The edge ended the connection.");
                length += received;
            }

            if (!_answer.AsSpan(9, 3).SequenceEqual(status)) throw new IOException(Encoding.UTF8.GetString(_answer, 0, length));
        }
    }

    public void Dispose() => _socket.Dispose();

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        int head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0) return false;
        var rest = answer[(answer.IndexOf("Content-Length: "u8) + 16)..];
        return System.Buffers.Text.Utf8Parser.TryParse(rest, out int length, out _) && answer.Length == head + 4 + length;
    }
}
