using System.Globalization;

namespace Notify.Tests.Platform;

/// <summary>Whose sockets are whose, by what Linux tells.</summary>
internal static class Sockets
{
    private const int LocalAddress = 1;
    private const int Inode = 9;

    /// <summary>Whether the process has a TCP socket with this local port.</summary>
    public static bool Has(int process, int localPort)
    {
        string port = ":" + localPort.ToString("X4", CultureInfo.InvariantCulture);
        var wanted = File.ReadLines("/proc/net/tcp").Concat(File.ReadLines("/proc/net/tcp6"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > Inode && fields[LocalAddress].EndsWith(port, StringComparison.Ordinal))
            .Select(fields => $"socket:[{fields[Inode]}]").ToHashSet();
        return Directory.EnumerateFiles($"/proc/{process}/fd").Any(file => new FileInfo(file).LinkTarget is { } link && wanted.Contains(link));
    }
}
