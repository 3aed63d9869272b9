using Notify.Client;
using Notify.Protocol;
using Notify.Tests.EdgeHost.Messages;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Client;

/// <summary>Messages sent by <see cref="NotifyConnection"/>.</summary>
public sealed class NotifyConnectionMessageTests(MessageFixture fixture) : IClassFixture<MessageFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private TestEdgeHost Edge => fixture.Platform.Edge;

    [Theory]
    [InlineData(ConnectionTransport.WebSocket)]
    [InlineData(ConnectionTransport.Sse)]
    public async Task SendAsync_GivesTheHandlersAnswer(ConnectionTransport transport)
    {
        await using var client = await ReadConnection.OpenAsync(Edge, "sender" + transport, transport);
        var answer = await client.Connection.SendAsync("orders/7/ack", new { Note = "n" }, Stop).Within("the answer");
        Assert.Equal("n", answer!.Value.GetProperty("note").GetString());
        Assert.Equal(42, await client.Connection.SendAsync<int>("value-task", 41, Stop).Within("the answer"));
        Assert.Null(await client.Connection.SendAsync("task", null, Stop).Within("the empty answer"));
    }

    [Theory]
    [InlineData(ConnectionTransport.WebSocket)]
    [InlineData(ConnectionTransport.Sse)]
    public async Task SendAsync_AnsweredWithAnError_Throws(ConnectionTransport transport)
    {
        await using var client = await ReadConnection.OpenAsync(Edge, "errors" + transport, transport);
        foreach (var (url, code) in new[] { ("nowhere", ErrorCodes.NotMapped), ("fails", ErrorCodes.HandlerFailed), ("result/out_of_stock", "out_of_stock") })
            Assert.Equal(code, (await Assert.ThrowsAsync<MessageFailedException>(() => client.Connection.SendAsync(url, null, Stop))).Code);
    }

    [Fact]
    public async Task SendAsync_ManyAtOnce_EachGetsItsOwnAnswer()
    {
        await using var client = await ReadConnection.OpenAsync(Edge, "many", ConnectionTransport.WebSocket);
        for (int round = 0; round < 5; round++)
        {
            int[] asked = [.. Enumerable.Range(10 * round, 4)]; // more would be busy
            int[] answers = await Task.WhenAll(asked.Select(i => client.Connection.SendAsync<int>("value-task", i, Stop))).Within("all answers");
            Assert.Equal(asked.Select(i => i + 1), answers);
        }
    }

    [Theory]
    [InlineData(ConnectionTransport.WebSocket)]
    [InlineData(ConnectionTransport.Sse)]
    public async Task SendAsync_WhileANotificationIsLookedAt_IsAnswered(ConnectionTransport transport)
    {
        var answered = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var client = await ReadConnection.OpenAsync(Edge, "within" + transport, transport, async (connection, notification) =>
        {
            if (!answered.Task.IsCompleted) _ = answered.TrySetResult(await connection.SendAsync<int>("value-task", notification.GetData<int>(), Stop));
        });
        for (int i = 0; i < 300; i++) // more than is read ahead
            _ = await Edge.PushAsync($"/users/within{transport}", $$"""{"data":{{i}}}""");
        Assert.Equal(1, await answered.Task.Within("the answer"));
    }

    [Fact]
    public async Task SendAsync_NoAnswerInTime_Throws()
    {
        await using var client = await ReadConnection.OpenAsync(Edge, "slow", ConnectionTransport.WebSocket, replyTimeout: TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAsync<TimeoutException>(() => client.Connection.SendAsync("wait/slow", null, Stop)).Within("the time-out");
        fixture.Gate.Release();
        Assert.Equal(2, await client.Connection.SendAsync<int>("value-task", 1, Stop).Within("the next answer"));
    }

    [Fact]
    public async Task SendAsync_NotConnected_Throws()
    {
        var connection = new NotifyConnection(new() { BaseAddress = Edge.Address });
        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.SendAsync("task", null, Stop));
    }

    [Fact]
    public async Task SendAsync_ConnectionBreaks_Throws()
    {
        await using var balancer = TcpForwarder.Start(Edge.Address);
        await using var client = await ReadConnection.OpenAsync(balancer.Address, "breaks", ConnectionTransport.WebSocket);
        var asking = client.Connection.SendAsync("wait/breaks", null, Stop);
        _ = await fixture.Notes.Reader.NextAsync(n => n == "begin breaks", "the handler to begin");
        balancer.CutAll();
        await Assert.ThrowsAsync<IOException>(() => asking.Within("the end of the question"));
    }

    /// <summary>A connection that is read all the time.</summary>
    private sealed class ReadConnection : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Task _reading = Task.CompletedTask;

        public NotifyConnection Connection { get; private set; } = null!;

        public static Task<ReadConnection> OpenAsync(
            TestEdgeHost edge, string user, ConnectionTransport transport, Func<NotifyConnection, ReceivedNotification, Task>? look = null, TimeSpan? replyTimeout = null) =>
            OpenAsync(edge.Address, user, transport, look, replyTimeout);

        public static async Task<ReadConnection> OpenAsync(
            Uri address, string user, ConnectionTransport transport, Func<NotifyConnection, ReceivedNotification, Task>? look = null, TimeSpan? replyTimeout = null)
        {
            var client = new ReadConnection();
            client.Connection = new(new()
            {
                BaseAddress = address,
                Transport = transport,
                Query = new Dictionary<string, string> { ["userid"] = user },
                ReplyTimeout = replyTimeout ?? Awaited.Limit,
                OnConnected = _ => client._connected.TrySetResult(),
            });
            client._reading = client.ReadAsync(look);
            await client._connected.Task.Within("the welcome");
            return client;
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _reading;
            _stop.Dispose();
        }

        private async Task ReadAsync(Func<NotifyConnection, ReceivedNotification, Task>? look)
        {
            try
            {
                await foreach (var notification in Connection.ReceiveAsync(_stop.Token)) await (look?.Invoke(Connection, notification) ?? Task.CompletedTask);
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }
    }
}
