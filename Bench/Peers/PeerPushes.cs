using System.Diagnostics;
using System.Net.Http.Headers;
using Notify.Bench.Load;

namespace Notify.Bench.Peers;

/// <summary>Pushes to one peer in a closed loop: the next begins when one before it was answered and has arrived everywhere.</summary>
internal sealed class PeerPushes(Peer peer, PeerProcess server, PeerClients clients, PeerOptions options, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan ArrivalLimit = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server.Address };
    private long _next;

    /// <summary>Warms up and measures.</summary>
    public async Task<PushFigures> MeasureAsync(int inFlight, bool toUsers)
    {
        _ = await RunAsync(inFlight, toUsers, options.WarmUp);
        var cpu = server.Cpu;
        long start = Stopwatch.GetTimestamp();
        var tally = await RunAsync(inFlight, toUsers, options.Length);
        var took = Stopwatch.GetElapsedTime(start);
        long delivered = Math.Max(1, tally.Delivered);
        return new((server.Cpu - cpu).TotalMicroseconds / delivered, delivered / took.TotalSeconds, LoadLatency.Of(tally.Latency),
            tally.Ledger.CountLost(), tally.Repeated);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<LoadTally> RunAsync(int inFlight, bool toUsers, TimeSpan length)
    {
        var tally = new LoadTally(1);
        clients.Tally = tally;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(start) < length) await PushAsync(tally, toUsers);
        })));
        return tally;
    }

    private async Task PushAsync(LoadTally tally, bool toUsers)
    {
        long number = Interlocked.Increment(ref _next);
        var arrived = tally.Ledger.Begin(number, toUsers ? 1 : clients.Count);
        byte[] text = new Marker(Stopwatch.GetTimestamp(), number).Payload(tally.Run, options.PayloadBytes);
        using var body = new ByteArrayContent(peer.Body(text)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var answer = await _http.PostAsync(peer.PushPath(toUsers ? PeerClients.UserOf(number % clients.Count) : null), body);
        answer.EnsureSuccessStatusCode();
        tally.Ledger.Acknowledge(number);
        await Task.WhenAny(arrived, Task.Delay(ArrivalLimit, clock));
    }
}
