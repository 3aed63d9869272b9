using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Notify.Tests.EndToEnd.Faults;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Engine.Orleans.Cluster;

/// <summary>What <c>./cluster</c> starts: PostgreSQL, two silos and three edges as processes. It goes with the tests, however they end.</summary>
public sealed class LocalCluster : IAsyncLifetime
{
    /// <summary>A silo that is not there from the beginning.</summary>
    public const string LateSilo = "silo3";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(8);

    private readonly TemporaryFolder _folder = new();
    private readonly int _ports = Ports.NextBlock(
        [.. Edges.Select(Number), .. Silos.Append(LateSilo).SelectMany(silo => new[] { 20 + Number(silo), 40 + Number(silo), 60 + Number(silo) })])[0] - Number(Edges[0]);
    private readonly bool _hasRelays;
    private readonly string? _older;
    private Process? _cleaner;

    public LocalCluster()
    {
    }

    /// <summary>With a relay in front of each silo's gateway, through which edges and services come.</summary>
    internal LocalCluster(bool hasRelays) => _hasRelays = hasRelays;

    /// <summary>Built from the checkout of an older commit and started by its own script; what is started again later is of today.</summary>
    internal LocalCluster(string older) => _older = older;

    /// <summary>The names of the silos and of the edges.</summary>
    public static IReadOnlyList<string> Silos { get; } = ["silo1", "silo2"];

    public static IReadOnlyList<string> Edges { get; } = ["edge1", "edge2", "edge3"];

    public Uri AddressOf(string edge) => new($"http://127.0.0.1:{_ports + Number(edge)}");

    public Uri HealthOf(string silo) => new($"http://127.0.0.1:{_ports + 60 + Number(silo)}/health/ready");

    public IPEndPoint GatewayOf(string silo) => new(IPAddress.Loopback, _ports + 40 + Number(silo));

    /// <summary>The ways to the silos' gateways, if they can be cut; in the order of the silos.</summary>
    public IReadOnlyList<TcpForwarder> Relays { get; private set; } = [];

    /// <summary>How to reach the database.</summary>
    public string Database { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (_hasRelays) Relays = [.. Silos.Select(silo => TcpForwarder.Start(new($"tcp://{GatewayOf(silo)}")))];
        var start = new ProcessStartInfo("sh", ["-c", "cat > /dev/null; ./cluster down --now > /dev/null 2>&1"]) { RedirectStandardInput = true };
        Prepare(start, Silos.Count + 1);
        _cleaner = Process.Start(start);
        string status = _older is null ? await RunAsync("up") : await RunAsync(_older, BuildLimit, "up");
        Database = Regex.Match(status, @"(?m)^postgres.* (Host=\S+)").Groups[1].Value;
    }

    public async ValueTask DisposeAsync()
    {
        if (_cleaner is not null)
        {
            _cleaner.StandardInput.Close();
            await _cleaner.WaitForExitAsync();
            _cleaner.Dispose();
        }

        foreach (var relay in Relays) await relay.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Runs a command of the script; its output.</summary>
    public Task<string> RunAsync(params string[] arguments) => RunAsync(Repository.Root, Limit, arguments);

    private async Task<string> RunAsync(string checkout, TimeSpan limit, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(checkout, "cluster"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        Prepare(start, arguments.Contains(LateSilo) ? Silos.Count + 1 : Silos.Count);
        if (checkout != Repository.Root) _ = start.Environment.Remove("NOTIFY_CLUSTER_BIN"); // it builds itself
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(limit);
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"./cluster {string.Join(' ', arguments)} ended with {process.ExitCode}: {output}{await error}");
    }

    /// <summary>Of what runs under this name now.</summary>
    public int ProcessIdOf(string name) => int.Parse(File.ReadAllText(Path.Combine(_folder.Path, $"{name}.pid")), CultureInfo.InvariantCulture);

    /// <summary>What a process has written.</summary>
    public string LogOf(string name) => File.ReadAllText(Path.Combine(_folder.Path, $"{name}.log"));

    private void Prepare(ProcessStartInfo start, int silos)
    {
        start.Environment["NOTIFY_CLUSTER_SILOS"] = silos.ToString(CultureInfo.InvariantCulture);
        start.WorkingDirectory = Repository.Root;
        start.Environment["NOTIFY_CLUSTER_DIR"] = _folder.Path;
        start.Environment["NOTIFY_CLUSTER_BIN"] = AppContext.BaseDirectory;
        start.Environment["NOTIFY_CLUSTER_PORTS"] = _ports.ToString(CultureInfo.InvariantCulture);
        start.Environment["NOTIFY_CLUSTER_RELAYS"] = string.Join(' ', Relays.Select(relay => relay.Address.Port));
        foreach (var (name, value) in FaultRun.Retention) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
    }

    private static int Number(string name) => name[^1] - '0';
}
