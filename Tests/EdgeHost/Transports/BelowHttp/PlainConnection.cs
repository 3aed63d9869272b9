using System.Net.Sockets;
using System.Text;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Transports.BelowHttp;

/// <summary>A TCP connection to an edge, byte by byte.</summary>
internal static class PlainConnection
{
    public static async Task<NetworkStream> ConnectAsync(Uri address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        return new(socket, ownsSocket: true);
    }

    public static ValueTask SendAsync(Stream stream, string text) => stream.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);

    public static async Task<string> ReadAsync(Stream stream)
    {
        byte[] bytes = new byte[16 * 1024];
        try
        {
            return Encoding.Latin1.GetString(bytes, 0, await stream.ReadAsync(bytes, TestContext.Current.CancellationToken).AsTask().Within("the server's answer"));
        }
        catch (IOException)
        {
            return ""; // cut off
        }
    }

    /// <summary>Reads until the server ends it.</summary>
    public static async Task<string> ReadAllAsync(Stream stream)
    {
        var all = new StringBuilder();
        for (string more; (more = await ReadAsync(stream)).Length > 0;) all.Append(more);
        return all.ToString();
    }
}
