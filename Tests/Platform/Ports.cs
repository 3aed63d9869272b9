using System.Net;
using System.Net.Sockets;

namespace Notify.Tests.Platform;

/// <summary>Free ports for what is told its port before it listens.</summary>
/// <remarks>
/// None is given twice by one process: a port of which only the number is used (the embedded engine binds none) still is a silo's
/// name. All are below the range from which clients get theirs (32,768), so that no connection takes one between here and its use.
/// </remarks>
public static class Ports
{
    private const int First = 10_000;
    private const int End = 32_000;

    private static int _next = Random.Shared.Next(End - First);

    public static int Next() => Next(1)[0];

    /// <summary>So many ports.</summary>
    public static int[] Next(int count) => NextBlock([.. Enumerable.Range(0, count)]);

    /// <summary>The ports at these distances from a first one, all free.</summary>
    public static int[] NextBlock(params int[] distances)
    {
        int length = distances.Max() + 1;
        while (true)
        {
            int first = First + (((Interlocked.Add(ref _next, length) - length) & int.MaxValue) % (End - First - length));
            int[] ports = [.. distances.Select(distance => first + distance)];
            if (ports.All(IsFree)) return ports;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
