using Notify.Tests.EndToEnd.Faults;
using Notify.Tests.Platform;

namespace Notify.Tests.Engine.Orleans.Cluster;

/// <summary>
/// A cluster of processes with clients and pushers behind balancers, one for each edge, as a load balancer would be that knows at once which
/// edges are there. What is done to a part comes here in one word, with what a balancer and an operator would do.
/// </summary>
internal sealed class ClusterUnderFire(LocalCluster cluster, FaultRun run, ChaosSize size, ChaosReport report) : IAsyncDisposable
{
    // So many go the whole way through a forwarder, with all kinds of clients; more would measure the forwarder.
    private const int ThroughForwarders = 200;

    // A cluster of which every silo was killed serves again when the last sign of life of the old ones is old enough.
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, TcpForwarder> _balancers =
        LocalCluster.Edges.ToDictionary(edge => edge, edge => TcpForwarder.Start(cluster.AddressOf(edge)));

    public ClusterMembers Members { get; } = new(cluster);

    public Uri AnyEdge => cluster.AddressOf(LocalCluster.Edges[0]);

    /// <summary>Connects the clients and starts the pushers.</summary>
    public async Task BeginAsync()
    {
        TcpForwarder[] balancers = [.. LocalCluster.Edges.Select(edge => _balancers[edge])];
        await run.ConnectAsync(size.Clients, ThroughForwarders, balancers);
        run.Push(size.Pushers, TimeSpan.FromSeconds((double)size.Pushers / size.PushesPerSecond), balancers);
        await run.AcknowledgedAsync(size.PushesIn(size.Meanwhile), RecoveryLimit);
    }

    /// <summary>Does this to these parts, goes on for a while, mends them, goes on again, and reports.</summary>
    /// <param name="kind">What the report calls it.</param>
    /// <param name="parts">Names of silos and edges.</param>
    /// <param name="begin">What is done.</param>
    /// <param name="end">What an operator does then.</param>
    /// <param name="meanwhile">How long it goes on in between; zero: nothing is acknowledged as long as it lasts.</param>
    public async Task SufferAsync(string kind, string[] parts, Func<string, Task> begin, Func<string, Task> end, TimeSpan meanwhile)
    {
        foreach (string silo in parts.Where(IsSilo)) await Members.EndingAsync(silo); // before and after: it may end and come in between
        foreach (string edge in parts.Where(_balancers.ContainsKey)) _balancers[edge].Target = OtherThan(parts);
        long began = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(parts.Select(begin));
        if (meanwhile > TimeSpan.Zero) await run.AcknowledgedAsync(size.PushesIn(meanwhile), RecoveryLimit);
        foreach (string silo in parts.Where(IsSilo)) await Members.EndingAsync(silo);
        long ending = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(parts.Select(end));
        var mended = TimeProvider.System.GetElapsedTime(ending);
        await run.AcknowledgedAsync(size.PushesIn(size.Meanwhile), RecoveryLimit);
        long ended = TimeProvider.System.GetTimestamp();
        int[] hit = [.. LocalCluster.Edges.Index().Where(edge => parts.Contains(edge.Item)).Select(edge => edge.Index)];
        var clients = run.Clients.Index().ToLookup(
            client => hit.Length == 0 || hit.Contains(client.Index % LocalCluster.Edges.Count), client => client.Item);
        report.Add(
            kind, string.Join(' ', parts), clients[true].SelectMany(client => client.Page.Silences(began, ended)), clients[false].SelectMany(client => client.Page.Silences(began, ended)), mended);
        await SendHomeAsync(hit);
    }

    public Task KillAsync(string name) => cluster.RunAsync("kill", name);

    public Task StopAsync(string name) => cluster.RunAsync("stop", name);

    public Task StartAsync(string name) => cluster.RunAsync("start", name);

    public Task PauseAsync(string name) => cluster.RunAsync("pause", name);

    /// <summary>A silo that was found dead meanwhile ends itself as soon as it hears of it; one that was not goes on. Either way it comes back.</summary>
    public async Task WakeAsync(string name)
    {
        _ = await cluster.RunAsync("resume", name);
        if (IsSilo(name)) _ = await cluster.RunAsync("restart", name);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var balancer in _balancers.Values) await balancer.DisposeAsync();
    }

    private static bool IsSilo(string name) => name.StartsWith("silo", StringComparison.Ordinal);

    private Uri OtherThan(string[] parts) => cluster.AddressOf(LocalCluster.Edges.Except(parts).Append(LocalCluster.Edges[0]).First());

    // The edge is there again: its clients come back to it, so that the next fault hits as many.
    private async Task SendHomeAsync(int[] edges)
    {
        foreach (int edge in edges)
        {
            var balancer = _balancers[LocalCluster.Edges[edge]];
            LedgerClient[] its = [.. run.Clients.Where((_, i) => i % LocalCluster.Edges.Count == edge)];
            Task[] back = [.. its.Select(client => client.NextWelcome)];
            balancer.Target = cluster.AddressOf(LocalCluster.Edges[edge]);
            balancer.CutAll();
            foreach (var client in its) client.Cut();
            await Task.WhenAll(back).Within($"the clients of {LocalCluster.Edges[edge]} to be back", RecoveryLimit);
        }
    }
}
