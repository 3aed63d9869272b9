namespace Notify.Bench.Peers;

/// <summary>Measures each peer in turn, several times, in one run: absolute times drift on most machines, ratios less.</summary>
internal static class PeerComparison
{
    public static async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        PeerOptions options;
        try
        {
            options = PeerOptions.Parse(args);
        }
        catch (ArgumentException wrong)
        {
            await Console.Error.WriteLineAsync($"{wrong.Message}\n{PeerOptions.Usage}");
            return 2;
        }

        var results = await RunAsync(options, Console.Error, TimeProvider.System);
        PeerTable.Write(results, Console.Out);
        if (options.SvgPath is { } path) await File.WriteAllTextAsync(path, PeerChart.Draw(results));
        return results.Any(result => result.Rounds.Count > 0 && result.Wrong > 0) ? 1 : 0;
    }

    public static async Task<IReadOnlyList<PeerResult>> RunAsync(PeerOptions options, TextWriter progress, TimeProvider clock)
    {
        string? noNpm = options.Peers.Any(peer => peer.IsFromNpm) ? await NodeFolder.FillAsync() : null;
        var rounds = options.Peers.ToDictionary(peer => peer, _ => new List<PeerFigures>());
        var troubles = new Dictionary<Peer, string>();
        for (int round = 1; round <= options.Rounds; round++)
        {
            foreach (var peer in options.Peers)
            {
                if (peer.IsFromNpm && noNpm is not null) troubles.TryAdd(peer, noNpm);
                if (troubles.ContainsKey(peer)) continue;
                await progress.WriteLineAsync($"round {round}: {peer.Title}");
                try
                {
                    rounds[peer].Add(await MeasureAsync(peer, options, clock));
                }
                catch (Exception failure) when (failure is InvalidOperationException or HttpRequestException or TimeoutException
                    or System.Net.WebSockets.WebSocketException or System.ComponentModel.Win32Exception or OperationCanceledException)
                {
                    troubles[peer] = failure.Message;
                }
            }
        }

        return [.. options.Peers.Select(peer => new PeerResult(peer, rounds[peer], troubles.GetValueOrDefault(peer)))];
    }

    private static async Task<PeerFigures> MeasureAsync(Peer peer, PeerOptions options, TimeProvider clock)
    {
        var (idleBytes, connectMicroseconds) = options.IdleConnections == 0 ? (null, null) : await MeasureIdleAsync(peer, options, clock);
        await using var server = await PeerProcess.StartAsync(peer, clock);
        await using var clients = new PeerClients(peer, server.Address, options.Connections, clock);
        await clients.ConnectAsync();
        using var pushes = new PeerPushes(peer, server, clients, options, clock);
        var user = await pushes.MeasureAsync(inFlight: 16, toUsers: true);
        var broadcast = await pushes.MeasureAsync(inFlight: 4, toUsers: false);
        var oneAtATime = await pushes.MeasureAsync(inFlight: 1, toUsers: false);
        return new(idleBytes, connectMicroseconds, broadcast, oneAtATime, user);
    }

    // A process of its own: a heap that has grown before hides what connections weigh.
    private static async Task<(double? Bytes, double? ConnectMicroseconds)> MeasureIdleAsync(Peer peer, PeerOptions options, TimeProvider clock)
    {
        await using var server = await PeerProcess.StartAsync(peer, clock);
        await Task.Delay(TimeSpan.FromSeconds(1), clock);
        long before = server.MemoryBytes;
        var cpu = server.Cpu;
        await using var clients = new PeerClients(peer, server.Address, options.IdleConnections, clock);
        await clients.ConnectAsync();
        double connect = (server.Cpu - cpu).TotalMicroseconds / options.IdleConnections;
        await Task.Delay(options.Settle, clock);
        return ((double)(server.MemoryBytes - before) / options.IdleConnections, connect);
    }
}
