using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;
using Notify.Client;

namespace Notify.Bench.Load;

/// <summary>Connects, pushes, waits for what is under way, and reports.</summary>
internal static class LoadRun
{
    private const int ConnectingLimit = 256;
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        LoadOptions options;
        try
        {
            options = LoadOptions.Parse(args);
        }
        catch (ArgumentException wrong)
        {
            await Console.Error.WriteLineAsync($"{wrong.Message}\n{LoadOptions.Usage}");
            return 2;
        }

        var report = await RunAsync(options, Console.Error, TimeProvider.System);
        report.Write(Console.Out);
        if (options.JsonPath is { } path) await File.WriteAllTextAsync(path, report.ToJson());
        return report.ExitCode;
    }

    public static async Task<LoadReport> RunAsync(LoadOptions options, TextWriter progress, TimeProvider clock)
    {
        var tally = new LoadTally(options.GroupCount);
        using var clients = new HttpMessageInvoker(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue, UseProxy = false });
        using var handler = new SocketsHttpHandler { UseProxy = false };
        HttpClient[] pushes = [.. options.Urls.Select(url => new HttpClient(handler, disposeHandler: false) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(10) })];
        if (options.ApiKey is not null) Array.ForEach(pushes, client => client.DefaultRequestHeaders.Authorization = new("Bearer", options.ApiKey));
        INotifyPublisher[] publishers = [.. pushes.Select(client => new HttpNotifyPublisher(client, Options.Create(new HttpPublisherOptions { BaseAddress = client.BaseAddress! }), clock))];

        using var over = new CancellationTokenSource();
        using var told = new CancellationTokenSource();
        var telling = TellAsync(tally, progress, clock, told.Token);
        var reading = await ConnectAsync(options, tally, clients, clock, over.Token);
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        if (tally.Connected > 0) await new LoadPusher(options, tally, publishers, clock).RunAsync(CancellationToken.None);
        long drainStart = Stopwatch.GetTimestamp();
        var pushed = Stopwatch.GetElapsedTime(start, drainStart);
        while (tally.Ledger.Open > 0 && Stopwatch.GetElapsedTime(drainStart) < options.Drain)
            await Task.Delay(TimeSpan.FromMilliseconds(20), clock, CancellationToken.None);
        var took = Stopwatch.GetElapsedTime(start);
        process.Refresh();
        double cores = (process.TotalProcessorTime - cpu) / took;
        await told.CancelAsync();
        await telling;
        long disconnected = tally.Disconnected;
        await over.CancelAsync();
        await Task.WhenAll(reading);
        Array.ForEach(pushes, client => client.Dispose());
        return new()
        {
            Connected = tally.Connected,
            Refused = tally.Refused,
            Disconnected = disconnected,
            Pushed = tally.Pushed,
            Acknowledged = tally.Acknowledged,
            Unacknowledged = tally.Unacknowledged,
            Delivered = tally.Delivered,
            Lost = tally.Ledger.CountLost(),
            Late = tally.Ledger.Late,
            Repeated = tally.Repeated,
            OutOfOrder = tally.OutOfOrder,
            PushesPerSecond = tally.Pushed / pushed.TotalSeconds,
            DeliveriesPerSecond = tally.Delivered / took.TotalSeconds,
            DeliveryMs = LoadLatency.Of(tally.Latency),
            AcknowledgeMs = LoadLatency.Of(tally.AcknowledgeLatency),
            ToolCores = cores,
            Trouble = tally.Trouble,
        };
    }

    private static async Task<List<Task>> ConnectAsync(
        LoadOptions options, LoadTally tally, HttpMessageInvoker clients, TimeProvider clock, CancellationToken over)
    {
        var reading = new List<Task>(options.Connections);
        using var room = new SemaphoreSlim(ConnectingLimit);
        var settled = new List<Task>(options.Connections);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < options.Connections; i++)
        {
            var wait = TimeSpan.FromSeconds(i / options.RampPerSecond) - Stopwatch.GetElapsedTime(start);
            if (wait > TimeSpan.FromMilliseconds(1)) await Task.Delay(wait, clock, CancellationToken.None);
            await room.WaitAsync(CancellationToken.None);
            var connection = new LoadConnection(options, tally, clients, i);
            reading.Add(connection.RunAsync(over));
            settled.Add(ReleaseAsync(connection.Settled, room));
        }

        await Task.WhenAll(settled);
        return reading;
    }

    private static async Task ReleaseAsync(Task settled, SemaphoreSlim room)
    {
        await settled;
        room.Release();
    }

    private static async Task TellAsync(LoadTally tally, TextWriter progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(ProgressEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
                await progress.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                    $"{tally.Connected:N0} connected, {tally.Pushed:N0} pushed, {tally.Acknowledged:N0} acknowledged, {tally.Delivered:N0} delivered"));
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }
}
