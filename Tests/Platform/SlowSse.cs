using System.Net.Sockets;
using System.Text;

namespace Notify.Tests.Platform;

/// <summary>An SSE client over a bare socket (HTTP/1.1) that reads as much as it is told to, or nothing any more.</summary>
public sealed class SlowSse : IDisposable
{
    private readonly Socket _socket;
    private readonly StringBuilder _head = new();

    private SlowSse(Socket socket) => _socket = socket;

    /// <summary>Connects and reads the welcome, or whatever the path answers up to <paramref name="until"/>, and not much more.</summary>
    public static async Task<SlowSse> ConnectAsync(TestEdgeHost edge, string pathAndQuery, string until = "event: welcome")
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(edge.Address.Host, edge.Address.Port);
        var client = new SlowSse(socket);
        _ = await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {pathAndQuery} HTTP/1.1\r\nHost: {edge.Address.Authority}\r\n\r\n"));
        while (!client._head.ToString().Contains(until, StringComparison.Ordinal)) _ = await client.ReadAsync(1024);
        return client;
    }

    /// <summary>Reads once, at most so many bytes; 0 at the end, also at one by force.</summary>
    public async Task<int> ReadAsync(int limitBytes)
    {
        byte[] buffer = new byte[limitBytes];
        try
        {
            int count = await _socket.ReceiveAsync(buffer).Within("bytes of an event stream");
            if (_head.Length < 4096) _ = _head.Append(Encoding.ASCII.GetString(buffer, 0, count));
            return count;
        }
        catch (SocketException)
        {
            return 0; // reset
        }
    }

    /// <summary>Reads all that the server has sent; done at the end of the connection.</summary>
    public async Task<long> ReadToEndAsync()
    {
        long total = 0;
        while (await ReadAsync(64 * 1024) is > 0 and int count) total += count;
        return total;
    }

    /// <summary>Reads on until a text has come; false at the end of the connection.</summary>
    public async Task<bool> ReadUntilAsync(string text)
    {
        byte[] buffer = new byte[64 * 1024];
        string tail = "";
        try
        {
            while (await _socket.ReceiveAsync(buffer).Within($"\"{text}\" in an event stream") is > 0 and int count)
            {
                tail += Encoding.ASCII.GetString(buffer, 0, count);
                if (tail.Contains(text, StringComparison.Ordinal)) return true;
                tail = tail[^Math.Min(tail.Length, text.Length)..];
            }
        }
        catch (SocketException)
        {
            // Reset is an end, too.
        }

        return false;
    }

    public void Dispose() => _socket.Dispose();
}
