using System.Net;
using System.Net.Sockets;
using Notify.Client;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Client;

public sealed class NotifyConnectionTests(PlatformFixture fixture) : IClassFixture<PlatformFixture>
{
    private TestEdgeHost Edge => fixture.Platform.Edge;

    [Theory]
    [InlineData(ConnectionTransport.WebSocket)]
    [InlineData(ConnectionTransport.Sse)]
    public async Task ReceiveAsync_GivesWhatArrives(ConnectionTransport transport)
    {
        string user = "receive" + transport;
        await using var client = new Receiver(Edge, user, transport);
        await client.Connected.Within("the welcome");
        _ = await Edge.PushAsync($"/users/{user}", """{"data":{"a":[1, 2]},"event":"e","id":"n1"}""");
        using var answer = await Edge.PostAsync($"/api/push/users/{user}?id=n2&retain=false", [7], "application/octet-stream");
        var first = await client.ReceiveAsync();
        Assert.Equal(("n1", "e", false, PayloadKind.Json), (first.Id, first.Event, first.IsEphemeral, first.PayloadKind));
        Assert.Equal(new UserId("", user).Channel, first.Channel);
        Assert.Equal(1, first.Position.Offset);
        Assert.Equal("""{"a":[1, 2]}""", System.Text.Encoding.UTF8.GetString(first.Payload.Span));
        var second = await client.ReceiveAsync();
        Assert.Equal(("n2", null, true, PayloadKind.Binary), (second.Id, second.Event, second.IsEphemeral, second.PayloadKind));
        Assert.Equal([7], second.Payload.ToArray());
    }

    [Theory]
    [InlineData(ConnectionTransport.WebSocket)]
    [InlineData(ConnectionTransport.Sse)]
    public async Task ReceiveAsync_RefusedHandshake_EndsForGood(ConnectionTransport transport)
    {
        await using var client = new Receiver(Edge, " ", transport);
        var failure = await Assert.ThrowsAsync<ConnectionRefusedException>(() => client.ReceiveAsync());
        Assert.Equal(400, failure.Code);
    }

    [Theory]
    [InlineData(ConnectionTransport.WebSocket)]
    [InlineData(ConnectionTransport.Sse)]
    public async Task ReceiveAsync_LinksThatAreResetAsTheyAreMade_GoesOnTrying(ConnectionTransport transport)
    {
        const int resets = 3_000; // one in some hundreds shows HttpClient's bare SocketException
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        var connection = new NotifyConnection(new()
        {
            BaseAddress = new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"),
            Transport = transport,
            ReconnectFirst = TimeSpan.Zero,
            ReconnectMost = TimeSpan.Zero,
        });
        var reading = connection.ReceiveAsync(stop.Token).GetAsyncEnumerator(stop.Token).MoveNextAsync().AsTask();
        for (int i = 0; i < resets; i++)
        {
            var accepting = listener.AcceptSocketAsync(stop.Token).AsTask();
            if (await Task.WhenAny(accepting, reading).Within("the client to come again") == reading) _ = await reading;
            using var socket = await accepting;
            socket.LingerState = new(true, 0);
        }

        await stop.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task ReceiveAsync_Replaced_EndsForGood()
    {
        await using var older = new Receiver(Edge, "rivals", ConnectionTransport.WebSocket, "tab");
        await older.Connected.Within("the welcome");
        await using var newer = new Receiver(Edge, "rivals", ConnectionTransport.Sse, "tab");
        var failure = await Assert.ThrowsAsync<ConnectionRefusedException>(() => older.ReceiveAsync());
        Assert.Equal(CloseCodes.Replaced, failure.Code);
    }

    [Theory]
    [InlineData(ConnectionTransport.WebSocket)]
    [InlineData(ConnectionTransport.Sse)]
    public async Task ReceiveAsync_EdgeStops_ConnectsAgainToAnother(ConnectionTransport transport)
    {
        await using var platform = await TestPlatform.StartAsync(new() { EdgeCount = 2, Settings = { ["Notify:Edge:ReconnectSpread"] = "00:00:00" } });
        await using var balancer = TcpForwarder.Start(platform.Edges[0].Address);
        await using var client = new Receiver(balancer.Address, "wanderer", transport);
        await client.Connected.Within("the welcome");
        balancer.Target = platform.Edges[1].Address;
        await platform.Edges[0].StopAsync();
        await client.ConnectedAgain.Within("the second welcome");
        _ = await platform.Edges[1].PushAsync("/users/wanderer", """{"data":1,"id":"after"}""");
        Assert.Equal("after", (await client.ReceiveAsync()).Id);
    }

    /// <summary>Reads a connection one notification at a time.</summary>
    private sealed class Receiver : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly System.Threading.Channels.Channel<ReceivedNotification> _received = System.Threading.Channels.Channel.CreateUnbounded<ReceivedNotification>();
        private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _again = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Task _reading;

        public Receiver(TestEdgeHost edge, string user, ConnectionTransport transport, string? clientId = null)
            : this(edge.Address, user, transport, clientId)
        {
        }

        public Receiver(Uri address, string user, ConnectionTransport transport, string? clientId = null)
        {
            var connection = new NotifyConnection(new()
            {
                BaseAddress = address,
                Transport = transport,
                ClientId = clientId,
                Query = new Dictionary<string, string> { ["userid"] = user },
                ReconnectFirst = TimeSpan.FromMilliseconds(20),
                OnConnected = _ =>
                {
                    if (!_connected.TrySetResult()) _again.TrySetResult();
                },
            });
            _reading = ReadAsync(connection);
        }

        public Task Connected => _connected.Task;

        public Task ConnectedAgain => _again.Task;

        public async Task<ReceivedNotification> ReceiveAsync()
        {
            if (await _received.Reader.WaitToReadAsync().AsTask().Within("a notification") && _received.Reader.TryRead(out var notification)) return notification;
            throw new InvalidOperationException("Nothing more comes.");
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _reading;
            _stop.Dispose();
        }

        private async Task ReadAsync(NotifyConnection connection)
        {
            try
            {
                await foreach (var notification in connection.ReceiveAsync(_stop.Token)) _ = _received.Writer.TryWrite(notification);
            }
            catch (OperationCanceledException)
            {
                _ = _received.Writer.TryComplete();
            }
            catch (ConnectionRefusedException failure)
            {
                _ = _received.Writer.TryComplete(failure);
            }
        }
    }
}
