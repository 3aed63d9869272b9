using System.Net;
using System.Net.Sockets;

namespace Notify.Bench;

/// <summary>Ports of this machine for what the bench starts.</summary>
internal static class FreePort
{
    /// <summary>One that nobody listened on a moment ago.</summary>
    public static int Find()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
