using System.Globalization;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Faults;

/// <summary>
/// One run of the fault suite: clients with a ledger, pushers that push each id until it is acknowledged, and the report at the end. What
/// goes wrong meanwhile is the test's affair. NOTIFY_SEED sets the seed; NOTIFY_LONG=1 makes the runs long.
/// </summary>
internal sealed class FaultRun : IAsyncDisposable
{
    /// <summary>Nothing is pruned while a client is away: then <c>recovered</c> must be true.</summary>
    public static readonly IReadOnlyDictionary<string, string?> Retention = new Dictionary<string, string?>
    {
        ["Notify:Log:Users:CountLimit"] = "1000000",
        ["Notify:Log:Companies:CountLimit"] = "1000000",
        ["Notify:Log:Topics:CountLimit"] = "1000000",
        ["Notify:Channels:DedupeLimitEntries"] = "1000000",
    };

    private const int ConnectingAtOnce = 200;

    private readonly ITestOutputHelper _output;
    private readonly FaultLayout _layout;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(15) }; // longer than a silo may take to answer
    private readonly CancellationTokenSource _stop = new();
    private readonly List<LedgerClient> _clients = [];
    private readonly List<Task> _pushers = [];
    private readonly List<(ChannelId Channel, string Id)> _acknowledged = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _milestones = [];
    private readonly Lock _lock = new();
    private volatile bool _isEnough;

    public FaultRun(ITestOutputHelper output, FaultLayout? layout = null)
    {
        _output = output;
        _layout = layout ?? FaultLayout.Crowded;
        Seed = TestSeed.Next();
        Random = new(Seed);
    }

    public int Seed { get; }

    /// <summary>For the test's own thread of events.</summary>
    public Random Random { get; }

    public FaultLedger Ledger { get; } = new();

    public PushCounts Counts { get; } = new();

    public IReadOnlyList<LedgerClient> Clients => _clients;

    /// <summary>Is told each acknowledgement's number, by the pushers, one at a time.</summary>
    public Action<int> OnAcknowledged { get; set; } = static _ => { };

    /// <summary>Connects clients of all kinds, in turn to these addresses, and waits for their welcomes.</summary>
    public async Task ConnectAsync(int count, params Uri[] addresses)
    {
        for (int i = 0; i < count; i++) Add(addresses[i % addresses.Length], null);
        await AllConnectedAsync();
    }

    /// <summary>
    /// The same through balancers; <paramref name="throughAll"/> clients take the way through the forwarder itself, the bare ones of the others
    /// only ask it where to connect, which costs less.
    /// </summary>
    public async Task ConnectAsync(int count, int throughAll, IReadOnlyList<TcpForwarder> balancers)
    {
        // Not all at once: a listener's backlog is short.
        foreach (var some in Enumerable.Range(0, count).Chunk(ConnectingAtOnce))
        {
            foreach (int i in some)
            {
                var balancer = balancers[i % balancers.Count];
                Add(balancer.Address, i < throughAll ? null : () => balancer.Target);
            }

            await AllConnectedAsync();
        }
    }

    private void Add(Uri address, Func<Uri>? bareAddress)
    {
        int i = _clients.Count;
        var kind = (LedgerClientKind)((i + (i / _layout.Users)) % (bareAddress is null ? 4 : 2));
        _clients.Add(new(Ledger, i, kind, bareAddress ?? (() => address), _layout.PlaceOf(i), _stop.Token));
    }

    private Task AllConnectedAsync() => Task.WhenAll(_clients.Select(client => client.Connected)).Within("all welcomes");

    /// <summary>Starts pushers, in turn at these edges: most push to a user, some to a topic or a company.</summary>
    public void Push(int count, params Uri[] edges)
    {
        for (int i = 0; i < count; i++)
        {
            var edge = edges[i % edges.Length];
            _pushers.Add(PushAsync(i, count, null, () => edge));
        }
    }

    /// <summary>The same, each pusher at most once in this time, and wherever the balancer points now.</summary>
    public void Push(int count, TimeSpan every, IReadOnlyList<TcpForwarder> balancers)
    {
        for (int i = 0; i < count; i++)
        {
            var balancer = balancers[i % balancers.Count];
            _pushers.Add(PushAsync(i, count, every, () => balancer.Target));
        }
    }

    /// <summary>Waits until so many more pushes are acknowledged.</summary>
    public Task AcknowledgedAsync(int more) => AcknowledgedAsync(more, Awaited.Limit);

    /// <summary>The same, for so long at most.</summary>
    public Task AcknowledgedAsync(int more, TimeSpan limit)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) _milestones.Add((_acknowledged.Count + more, reached));
        return ThrowEarlyAsync(reached.Task.Within($"{more} more acknowledgements ({Counts.Refused} refused, {Counts.Unanswered} not answered so far)", limit));
    }

    /// <summary>Pushes some of the acknowledged ids again: each must get the receipt that it had (the ledger sees to it), marked as a repeat.</summary>
    public async Task RepeatAsync(int count, Uri edge)
    {
        (ChannelId Channel, string Id)[] chosen;
        lock (_lock) chosen = [.. Enumerable.Range(0, count).Select(_ => _acknowledged[Random.Next(_acknowledged.Count)])];
        foreach (var (channel, id) in chosen)
            Assert.True((await PusherOf(channel).AgainAsync(edge, id).Within($"the receipt of {id} again")).IsRepeat, $"{channel} {id} is no repeat.");
    }

    /// <summary>Pushes one more, by the test itself.</summary>
    public Task<LedgerReceipt> PushOneAsync(ChannelId channel, string id, Uri edge) => PusherOf(channel).PushAsync(edge, id);

    /// <summary>Pushes the same id again, by the test itself.</summary>
    public Task<LedgerReceipt> PushAgainAsync(ChannelId channel, string id, Uri edge) => PusherOf(channel).AgainAsync(edge, id);

    /// <summary>Stops the pushers, each after its last receipt.</summary>
    public async Task StopPushingAsync()
    {
        _isEnough = true;
        await Task.WhenAll(_pushers).Within("all receipts");
    }

    /// <summary>Waits until all clients have everything, reports, and checks that nothing is lost, repeated or out of order.</summary>
    public async Task EndAsync(string scenario, Uri edge)
    {
        await StopPushingAsync();
        foreach (var channel in _layout.AllChannels()) _ = await PushOneAsync(channel, $"{LedgerClient.End}-{channel.KindName}-{channel.Name}", edge).Within("the last receipts");
        try
        {
            await Task.WhenAll(_clients.Select(client => client.EndSeen)).Within("the last of each channel at every client");
        }
        finally
        {
            await _stop.CancelAsync();
            string closes = string.Join(' ', _clients.SelectMany(client => client.Closes).CountBy(code => code).OrderBy(code => code.Key).Select(code => $"{code.Key}×{code.Value}"));
            _output.WriteLine($"{scenario}: {_clients.Count} clients came back {_clients.Sum(client => client.Welcomes - 1)} times ({(closes.Length > 0 ? closes : "no close codes")}); "
                + $"pushers: {Counts.Refused} times 503, {Counts.Unanswered} times no answer, {Counts.Repeats} receipts of an earlier attempt");
            _output.WriteLine($"seed {Seed}: {Ledger.Sum().Explain()}");
        }

        await Task.WhenAll(_clients.Select(client => client.Reading)).Within("all clients to stop");
        var sum = Ledger.Sum();
        Assert.True(sum.IsClean, sum.Explain());
        Assert.Empty(_clients.SelectMany(client => client.NotRecovered));
        Assert.True(sum.Delivered >= sum.Acknowledged);
    }

    public async ValueTask DisposeAsync()
    {
        _isEnough = true;
        await _stop.CancelAsync();
        foreach (var client in _clients) client.Dispose();
        _http.Dispose();
        _stop.Dispose();
    }

    private LedgerPusher PusherOf(ChannelId channel) => new(_http, Ledger, Counts, channel);

    private async Task PushAsync(int number, int pushers, TimeSpan? every, Func<Uri> edge)
    {
        using var start = every is { } whole ? new PeriodicTimer(whole * (number + 1) / pushers) : null;
        if (start is not null) _ = await start.WaitForNextTickAsync(); // spread, not all in one moment
        using var pace = every is { } period ? new PeriodicTimer(period) : null;
        var channel = _layout.ChannelOf(number);
        var pusher = PusherOf(channel);
        for (int i = 0; !_isEnough; i++)
        {
            if (pace is not null) _ = await pace.WaitForNextTickAsync();
            string id = string.Create(CultureInfo.InvariantCulture, $"{number}-{i}");
            bool isImpatient = number % 8 == 3; // some never push again: what they got no receipt for may arrive, once
            if (isImpatient && await pusher.PushOnceAsync(edge(), id) is null) continue;
            if (!isImpatient) _ = await pusher.PushAsync(edge, id);
            lock (_lock)
            {
                _acknowledged.Add((channel, id));
                foreach (var (count, reached) in _milestones)
                {
                    if (_acknowledged.Count >= count) _ = reached.TrySetResult();
                }

                OnAcknowledged(_acknowledged.Count);
            }
        }
    }

    // A pusher or client that has failed says why; waiting on would only say that something was awaited in vain.
    private async Task ThrowEarlyAsync(Task waiting)
    {
        var failed = Task.WhenAny(_pushers.Concat(_clients.Select(client => client.Reading)));
        if (await Task.WhenAny(waiting, failed) == failed) await await failed;
        await waiting;
    }
}
