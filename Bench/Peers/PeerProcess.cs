using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Notify.Bench.Peers;

/// <summary>A peer's server as a process of its own, and what it uses.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private PeerProcess(Process process, int port) => (_process, Address) = (process, new($"http://127.0.0.1:{port}"));

    public Uri Address { get; }

    /// <summary>User and system time since it started.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>What it holds: its proportional share on Linux (PSS), else its working set.</summary>
    public long MemoryBytes
    {
        get
        {
            string rollup = $"/proc/{_process.Id}/smaps_rollup";
            if (File.Exists(rollup) && File.ReadLines(rollup).FirstOrDefault(line => line.StartsWith("Pss:", StringComparison.Ordinal)) is { } line)
                return 1024 * long.Parse(line.AsSpan(4).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture);
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <exception cref="InvalidOperationException">It did not come up.</exception>
    public static async Task<PeerProcess> StartAsync(Peer peer, TimeProvider clock)
    {
        int port = FreePort.Find();
        var command = peer.Command(port);
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}";
        start.Environment["Notify__Localhost__SiloPort"] = $"{FreePort.Find()}";
        start.Environment["Notify__Localhost__GatewayPort"] = $"{FreePort.Find()}";
        foreach (var (name, value) in peer.Environment) start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{peer.Title} did not start.");
        string last = "";
        process.OutputDataReceived += (_, line) => last = line.Data ?? last;
        process.ErrorDataReceived += (_, line) => last = line.Data ?? last;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new PeerProcess(process, port);
        long begun = Stopwatch.GetTimestamp();
        while (!await server.AnswersAsync())
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(begun) > StartLimit)
            {
                await server.DisposeAsync();
                throw new InvalidOperationException($"{peer.Title} did not come up: {last}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), clock, CancellationToken.None);
        }

        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var probe = new TcpClient();
            await probe.ConnectAsync(IPAddress.Loopback, Address.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
