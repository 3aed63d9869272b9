using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using Notify.Bench.Load;

namespace Notify.Bench.Peers;

/// <summary>The clients of one peer, each a user of its own.</summary>
internal sealed class PeerClients(Peer peer, Uri address, int count, TimeProvider clock) : IAsyncDisposable
{
    private const int ConnectingLimit = 64;
    private static readonly TimeSpan KeepAliveEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue, UseProxy = false });
    private readonly CancellationTokenSource _over = new();
    private readonly List<Task> _reading = [];

    /// <summary>Where arrivals are counted now.</summary>
    public LoadTally Tally { get; set; } = new(1);

    public int Count => count;

    public static string UserOf(long number) => $"u{number}";

    /// <summary>Connects all and waits until each is ready.</summary>
    public async Task ConnectAsync()
    {
        using var room = new SemaphoreSlim(ConnectingLimit);
        var ready = new List<Task>(count);
        for (int i = 0; i < count; i++)
        {
            await room.WaitAsync();
            var isReady = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _reading.Add(RunAsync(i, isReady));
            ready.Add(isReady.Task.ContinueWith(done =>
            {
                room.Release();
                return done;
            }, TaskScheduler.Default).Unwrap());
        }

        await Task.WhenAll(ready).WaitAsync(ReadyLimit, clock);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await Task.WhenAll(_reading);
        _http.Dispose();
        _over.Dispose();
    }

    private async Task RunAsync(int number, TaskCompletionSource ready)
    {
        try
        {
            using var socket = new ClientWebSocket();
            var uri = new UriBuilder(new Uri(address, peer.ConnectPath(UserOf(number)))) { Scheme = "ws" }.Uri;
            await socket.ConnectAsync(uri, _http, _over.Token);
            if (peer.Hello is { } hello) await SendAsync(socket, hello);
            await using var alive = peer.KeepAlive is { } text
                ? clock.CreateTimer(_ => _ = SendAsync(socket, text), null, KeepAliveEvery, KeepAliveEvery) : null;
            await ReadAsync(socket, ready);
            if (!_over.IsCancellationRequested) throw new WebSocketException($"closed by the server: {socket.CloseStatus} {socket.CloseStatusDescription}");
        }
        catch (Exception failure) when (failure is WebSocketException or IOException or OperationCanceledException or HttpRequestException)
        {
            if (_over.IsCancellationRequested) return;
            Tally.Note(failure.Message);
            Interlocked.Increment(ref Tally.Disconnected);
            ready.TrySetException(failure);
        }
    }

    private async Task ReadAsync(ClientWebSocket socket, TaskCompletionSource ready)
    {
        var messages = new MessageReceiver(socket);
        byte[] readyStart = Encoding.UTF8.GetBytes(peer.ReadyStart);
        byte[]? ping = peer.Answers is { } answers ? Encoding.UTF8.GetBytes(answers.Ping) : null;
        var order = new ArrivalOrder();
        var tally = Tally;
        while (await messages.NextAsync(_over.Token) is { } message)
        {
            if (tally != Tally) (tally, order) = (Tally, new()); // another measurement, of another channel
            if (ping is not null && message.Span.SequenceEqual(ping)) await SendAsync(socket, peer.Answers!.Value.Pong);
            else if (ready.Task.IsCompleted) Take(tally, message.Span, ref order);
            else if (message.Span.StartsWith(readyStart)) ready.TrySetResult();
        }
    }

    // A SignalR message may hold several of its own, each with an end mark: every one of them is a delivery.
    private static void Take(LoadTally tally, ReadOnlySpan<byte> message, ref ArrivalOrder order)
    {
        const byte recordEnd = 0x1e;
        while (!message.IsEmpty)
        {
            int end = message.IndexOf(recordEnd);
            tally.Take(end < 0 ? message : message[..end], ref order);
            message = end < 0 ? [] : message[(end + 1)..];
        }
    }

    private async Task SendAsync(ClientWebSocket socket, string text)
    {
        try
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, _over.Token);
        }
        catch (Exception failure) when (failure is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            Debug.WriteLine(failure.Message); // reading ends it
        }
    }
}
