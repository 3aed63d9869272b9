using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Notify.Tests.Platform;

namespace Notify.Tests.EndToEnd.Faults;

/// <summary>The real Standalone with the file log, in a process of its own that can be killed and started again on the same folder and port.</summary>
internal sealed class StandaloneProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string?> _environment;
    private RunningProgram? _program;

    public StandaloneProcess(IReadOnlyDictionary<string, string?>? settings = null)
    {
        int port = StablePort();
        Address = new($"http://127.0.0.1:{port}");
        _environment = new()
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_URLS"] = Address.AbsoluteUri,
            ["Notify__Log__Store"] = "File",
            ["Notify__Log__Path"] = Path.Combine(_folder.Path, "log"),
            ["Notify__Log__File__SegmentBytes"] = "1048576", // several segments
            ["Notify__Localhost__SiloPort"] = StablePort().ToString(CultureInfo.InvariantCulture),
            ["Notify__Localhost__GatewayPort"] = StablePort().ToString(CultureInfo.InvariantCulture),
            ["Logging__LogLevel__Default"] = "Error",
        };
        foreach (var (name, value) in FaultRun.Retention.Concat(settings ?? new Dictionary<string, string?>())) _environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
    }

    public Uri Address { get; }

    public int ProcessId => _program!.ProcessId;

    /// <summary>What the process that runs now, or ran last, has written.</summary>
    public string Output => _program?.Output ?? "";

    /// <summary>Starts it and waits until it serves.</summary>
    public async Task StartAsync()
    {
        _program = RunningProgram.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Notify.Standalone.dll")], _folder.Path, _environment);
        await _program.WaitForAsync("Notify is ready", Limit);
    }

    /// <summary>kill -9.</summary>
    public Task KillAsync() => EndAsync("KILL");

    /// <summary>As an operator stops it.</summary>
    public Task StopAsync() => EndAsync("TERM");

    public async ValueTask DisposeAsync()
    {
        if (_program is not null) await _program.DisposeAsync();
        _folder.Dispose();
    }

    private async Task EndAsync(string signal)
    {
        await _program!.SignalAsync(signal);
        _ = await _program.WaitForExitAsync(Limit);
        await _program.DisposeAsync();
    }

    // Below the range of the ports that clients get: one that tries to connect while nobody listens might otherwise be given this very port
    // and be connected with itself.
    private static int StablePort()
    {
        while (true)
        {
            int port = Random.Shared.Next(20_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }
}
