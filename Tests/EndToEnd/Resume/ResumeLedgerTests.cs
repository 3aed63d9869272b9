using System.Collections.Concurrent;
using System.Globalization;
using Notify.Client;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Resume;

/// <summary>Clients are cut off again and again, an edge stops, pushers never do: each acknowledged notification once, in order.</summary>
[Collection(Heavy.Name)]
public sealed class ResumeLedgerTests(ITestOutputHelper output)
{
    private const int Pushers = 4;
    private const int Cuts = 10;
    private const string End = "end";

    private readonly ConcurrentDictionary<(ChannelId Channel, Position Position), string> _ledger = new();

    [Fact]
    public async Task Receive_WhileLinksAreCutAndAnEdgeStops_IsExactlyOnceInOrder()
    {
        await using var platform = await TestPlatform.StartAsync(new()
        {
            EdgeCount = 2,
            Settings = { ["Notify:Edge:ReconnectSpread"] = "00:00:00", ["Notify:Log:Users:CountLimit"] = "1000000", ["Notify:Log:Companies:CountLimit"] = "1000000" },
        });
        await using var balancer = TcpForwarder.Start(platform.Edges[0].Address);
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 8)
            .Select(i => new LedgerClient(balancer.Address, i % 2 == 0 ? ConnectionTransport.WebSocket : ConnectionTransport.Sse, stop.Token)).ToArray();
        await Task.WhenAll(clients.Select(c => c.Connected)).Within("all welcomes");

        ChannelId[] channels = [new UserId("", "u").Channel, new CompanyId("", "c").Channel];
        using var enough = new CancellationTokenSource();
        var pushing = Task.WhenAll(Enumerable.Range(0, Pushers).Select(p => PushAsync(platform, channels[p % 2], p, enough.Token)));
        for (int cut = 1; cut <= Cuts; cut++)
        {
            // All links are cut in the middle of what they carry, and the next ones go to the other edge.
            var again = clients.Select(c => c.NextWelcome).ToArray();
            balancer.Target = platform.Edges[cut % 2].Address;
            balancer.CutAll();
            await Task.WhenAll(again).Within($"all clients to be back after cut {cut}");
        }

        await enough.CancelAsync();
        await pushing.Within("all receipts");
        balancer.Target = platform.Edges[1].Address;
        await platform.Edges[0].StopAsync();
        foreach (var channel in channels) await PushOneAsync(platform, channel, $"{End}-{channel}");
        await Task.WhenAll(clients.Select(c => c.Ended)).Within("the last of both channels at every client");
        await stop.CancelAsync();
        await Task.WhenAll(clients.Select(c => c.Reading)).Within("all clients to stop");

        foreach (var client in clients)
        {
            Assert.Empty(client.NotRecovered);
            foreach (var channel in channels)
            {
                var expected = _ledger.Where(e => e.Key.Channel == channel).OrderBy(e => e.Key.Position.Offset).Select(e => e.Value);
                Assert.Equal(expected, client.Received.Where(n => n.Channel == channel).Select(n => n.Id));
            }
        }

        int resumes = clients.Sum(c => c.Welcomes - 1);
        output.WriteLine($"pushed and acknowledged {_ledger.Count}, delivered {clients.Sum(c => c.Received.Count)}; {Cuts} cuts, {resumes} resumes; lost 0, repeated 0");
        Assert.True(resumes >= Cuts * clients.Length);
    }

    private async Task PushAsync(TestPlatform platform, ChannelId channel, int pusher, CancellationToken enough)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(3)); // eight clients on two cores are to keep up
        for (int i = 0; !enough.IsCancellationRequested && await pace.WaitForNextTickAsync(CancellationToken.None); i++)
            await PushOneAsync(platform, channel, string.Create(CultureInfo.InvariantCulture, $"{pusher}-{i}"));
    }

    private async Task PushOneAsync(TestPlatform platform, ChannelId channel, string id)
    {
        var receipt = await platform.Grains.GetChannel(channel).Push(Notification.Json("e", 1) with { Id = id });
        Assert.True(_ledger.TryAdd((channel, receipt.Position), id));
    }

    /// <summary>A client that writes down what it gets.</summary>
    private sealed class LedgerClient
    {
        private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LedgerClient(Uri address, ConnectionTransport transport, CancellationToken stop) => Reading = ReadAsync(new(new()
        {
            BaseAddress = address,
            Transport = transport,
            Query = new Dictionary<string, string> { ["userid"] = "u", ["company"] = "c" },
            ReconnectFirst = TimeSpan.FromMilliseconds(5),
            ReconnectMost = TimeSpan.FromMilliseconds(50),
            OnNotRecovered = channels => NotRecovered.AddRange(channels),
            OnConnected = _ =>
            {
                Welcomes++;
                _connected.TrySetResult();
                Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
            },
        }), stop);

        public Task Connected => _connected.Task;

        /// <summary>Ends when it is welcomed again.</summary>
        public Task NextWelcome => Volatile.Read(ref _next).Task;

        public Task Ended => _ended.Task;

        public Task Reading { get; }

        public int Welcomes { get; private set; }

        public List<ChannelId> NotRecovered { get; } = [];

        public List<ReceivedNotification> Received { get; } = [];

        private async Task ReadAsync(NotifyConnection connection, CancellationToken stop)
        {
            try
            {
                int ends = 0;
                await foreach (var notification in connection.ReceiveAsync(stop))
                {
                    Received.Add(notification);
                    if (notification.Id.StartsWith(End, StringComparison.Ordinal) && ++ends == 2) _ended.TrySetResult();
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The test is over.
            }
        }
    }
}
