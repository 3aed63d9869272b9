using System.Globalization;
using System.Text.RegularExpressions;
using Notify.Tests.Platform;

namespace Notify.Tests.Engine.Orleans;

/// <summary>A silo and two edges, each in a process of its own.</summary>
internal sealed partial class ProcessCluster : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly List<RunningProgram> _programs = [];
    private readonly List<(Uri Address, RunningProgram Program)> _edges = [];

    public IReadOnlyList<(Uri Address, RunningProgram Program)> Edges => _edges;

    public RunningProgram Silo => _programs[0];

    /// <summary>Where the silo answers to health and metrics.</summary>
    public Uri SiloAddress => new(ListeningOn().Match(Silo.Output).Groups[1].Value);

    /// <summary>The way to the silo's gateway, if it can be cut: for the first edge only.</summary>
    public TcpForwarder FirstEdgesWay { get; private set; } = null!;

    /// <summary>Starts it with further settings of all processes, by their full names; the first edge's way can be cut if that is said.</summary>
    public static async Task<ProcessCluster> StartAsync(IReadOnlyDictionary<string, string?>? settings = null, bool cutsFirstEdge = false)
    {
        var cluster = new ProcessCluster();
        try
        {
            await cluster.StartAllAsync(settings ?? new Dictionary<string, string?>(), cutsFirstEdge);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in Enumerable.Reverse(_programs)) await program.DisposeAsync();
        if (FirstEdgesWay is { } way) await way.DisposeAsync();
    }

    private async Task StartAllAsync(IReadOnlyDictionary<string, string?> settings, bool cutsFirstEdge)
    {
        int[] ports = Ports.Next(3);
        var environment = new Dictionary<string, string?>
        {
            ["Notify__Localhost__SiloPort"] = ports[0].ToString(CultureInfo.InvariantCulture),
            ["Notify__Localhost__GatewayPort"] = ports[1].ToString(CultureInfo.InvariantCulture),
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information",
        };
        foreach (var (name, value) in settings) environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        if (cutsFirstEdge)
        {
            // The forwarder is what the silo says is its gateway.
            FirstEdgesWay = TcpForwarder.Start(new($"tcp://127.0.0.1:{ports[2]}"));
            environment["Notify__Localhost__GatewayPort"] = FirstEdgesWay.Address.Port.ToString(CultureInfo.InvariantCulture);
            environment["Notify__Cluster__GatewayListenPort"] = ports[2].ToString(CultureInfo.InvariantCulture);
        }

        await Start("Notify.Silo.dll", environment).WaitForAsync("Application started", Limit);
        for (int i = 0; i < 2; i++)
        {
            var edge = Start("Notify.EdgeHost.dll", environment);
            await edge.WaitForAsync("Application started", Limit);
            if (cutsFirstEdge && i == 0) FirstEdgesWay.Hits = port => Sockets.Has(edge.ProcessId, port);
            _edges.Add((new(ListeningOn().Match(edge.Output).Groups[1].Value), edge));
        }
    }

    private RunningProgram Start(string assembly, Dictionary<string, string?> environment)
    {
        var program = RunningProgram.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly)], AppContext.BaseDirectory, environment);
        _programs.Add(program);
        return program;
    }

    [GeneratedRegex(@"Now listening on: (http\S+)")]
    private static partial Regex ListeningOn();
}
