using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Notify.Client;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd;

/// <summary>Two thousand real connections over two edges: each gets exactly what is meant for it, once, in order per channel.</summary>
[Collection(Heavy.Name)]
public sealed class FanOutTests(ITestOutputHelper output)
{
    private const int ClientsPerTransport = 1000;
    private const int Companies = 20;
    private const int Topics = 10;
    private const string End = "end";

    [Fact]
    public async Task Push_ToEveryKindOfTarget_ReachesExactlyThoseMeant()
    {
        var clock = Stopwatch.StartNew();
        await using var platform = await TestPlatform.StartAsync(new() { EdgeCount = 2 });
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 2 * ClientsPerTransport).Select(i => new LedgerClient(i, platform.Edges[(i + (i / 2)) % 2], stop.Token)).ToArray();
        await Parallel.ForEachAsync(clients, new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = TestContext.Current.CancellationToken }, async (client, _) =>
        {
            client.Start();
            await client.Connected.Within($"the welcome of client {client.Number}");
        });
        output.WriteLine($"{clients.Length} connected after {clock.Elapsed.TotalSeconds:F1} s");

        var ledger = new ConcurrentDictionary<string, List<string>>(); // channel: ids in order
        await Task.WhenAll(
            PushAsync(platform, ledger, 2 * ClientsPerTransport, i => PushTarget.User(LedgerClient.UserOf(i))),
            PushAsync(platform, ledger, 10 * Companies, i => PushTarget.Company(LedgerClient.CompanyOf(i))),
            PushAsync(platform, ledger, 10 * Topics, i => PushTarget.Topic(LedgerClient.TopicOf(i))),
            PushAsync(platform, ledger, 20, _ => PushTarget.Everyone()),
            PushToConnectionsAsync(platform, ledger, clients)).Within("all receipts");
        output.WriteLine($"all pushed after {clock.Elapsed.TotalSeconds:F1} s");

        // A last one on every channel: whatever a channel still had for a client comes before it.
        foreach (string channel in ledger.Keys.Where(k => !k.StartsWith("connection/", StringComparison.Ordinal)).ToArray())
            await PushOneAsync(platform, ledger, channel, TargetOf(channel), End + channel);
        await Task.WhenAll(clients.Select(c => c.Ended(c.Channels.Count))).Within("the last notification of every channel at every client");
        await stop.CancelAsync();
        await Task.WhenAll(clients.Select(c => c.Reading)).Within("all clients to stop");
        output.WriteLine($"all delivered after {clock.Elapsed.TotalSeconds:F1} s: {clients.Sum(c => c.Received.Count)} notifications");

        foreach (var client in clients) client.AssertLedger(ledger);
    }

    private static async Task PushAsync(
        TestPlatform platform, ConcurrentDictionary<string, List<string>> ledger, int count, Func<int, PushTarget> target)
    {
        for (int i = 0; i < count; i++)
            await PushOneAsync(platform, ledger, target(i).Channel.ToString(), target(i), $"{target(i).Channel}#{i.ToString(CultureInfo.InvariantCulture)}");
    }

    private static async Task PushToConnectionsAsync(
        TestPlatform platform, ConcurrentDictionary<string, List<string>> ledger, LedgerClient[] clients)
    {
        foreach (var client in clients.Where(c => c.Number % 5 == 0))
        {
            Assert.True(ConnectionId.TryParse(client.ConnectionId, out var id));
            for (int i = 0; i < 2; i++) await PushOneAsync(platform, ledger, $"connection/{id}", PushTarget.To(id), $"{id}#{i}");
        }
    }

    private static async Task PushOneAsync(
        TestPlatform platform, ConcurrentDictionary<string, List<string>> ledger, string channel, PushTarget target, string id)
    {
        var publisher = new GrainNotifyPublisher(platform.Grains);
        var receipt = await publisher.PushAsync(target, Notification.Json("e", 1) with { Id = id }, TestContext.Current.CancellationToken);
        Assert.True(receipt.Connections > 0, channel);
        ledger.GetOrAdd(channel, _ => []).Add(id);
    }

    private static PushTarget TargetOf(string channel)
    {
        string[] parts = channel.Split('/', 2);
        return ChannelId.TryParseKind(parts[0], out var kind) ? PushTarget.To(ChannelId.FromKey(kind, parts[1])) : throw new ArgumentException(channel);
    }

    /// <summary>One client that writes down what it gets.</summary>
    private sealed class LedgerClient(int number, TestEdgeHost edge, CancellationToken stop)
    {
        private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Lock _gate = new();
        private int _ends;
        private int _endsExpected = int.MaxValue;

        public int Number => number;

        public string? ConnectionId { get; private set; }

        public Task Connected => _connected.Task;

        public Task Reading { get; private set; } = Task.CompletedTask;

        public List<ReceivedNotification> Received { get; } = [];

        /// <summary>Two clients share a user, one on each transport.</summary>
        public IReadOnlyList<string> Channels =>
        [
            $"user/{UserOf(number)}", $"company/{CompanyOf(number)}", $"topic/{TopicOf(number)}", $"everyone/{new EveryoneId("").Channel.Key}",
        ];

        public static string UserOf(int i) => $"user{i / 2 % ClientsPerTransport}";

        public static string CompanyOf(int i) => $"company{i % Companies}";

        public static string TopicOf(int i) => $"topic/{i % Topics}";

        public void Start() => Reading = ReadAsync();

        public Task Ended(int count)
        {
            lock (_gate)
            {
                _endsExpected = count;
                if (_ends == count) _ended.TrySetResult();
            }

            return _ended.Task;
        }

        public void AssertLedger(ConcurrentDictionary<string, List<string>> ledger)
        {
            var byChannel = Received.GroupBy(n => n.Position.IsKnown ? n.Channel.ToString() : $"connection/{ConnectionId}").ToDictionary(g => g.Key, g => g.Select(n => n.Id).ToList());
            var expected = Channels.Append($"connection/{ConnectionId}").Where(ledger.ContainsKey).ToDictionary(c => c, c => ledger[c]);
            Assert.Equal(expected.Keys.Order(), byChannel.Keys.Order());
            foreach (var (channel, ids) in expected) Assert.Equal(ids, byChannel[channel]);
        }

        private async Task ReadAsync()
        {
            var connection = new NotifyConnection(new()
            {
                BaseAddress = edge.Address,
                Transport = number % 2 == 0 ? ConnectionTransport.WebSocket : ConnectionTransport.Sse,
                Topics = [TopicOf(number)],
                Query = new Dictionary<string, string> { ["userid"] = UserOf(number), ["company"] = CompanyOf(number) },
                OnConnected = id =>
                {
                    ConnectionId = ConnectionId is null ? id : throw new InvalidOperationException($"Client {number} connected twice.");
                    _connected.TrySetResult();
                },
            });
            try
            {
                await foreach (var notification in connection.ReceiveAsync(stop))
                {
                    Received.Add(notification);
                    if (!notification.Id.StartsWith(End, StringComparison.Ordinal)) continue;
                    lock (_gate)
                    {
                        if (++_ends == _endsExpected) _ended.TrySetResult();
                    }
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The test is over.
            }
        }
    }
}
