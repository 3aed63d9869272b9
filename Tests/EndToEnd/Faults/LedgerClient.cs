using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using Notify.Client;
using Notify.Protocol;

namespace Notify.Tests.EndToEnd.Faults;

/// <summary>How a client of the fault suite listens. The bare ones drop nothing, so that they see whatever an edge says twice.</summary>
internal enum LedgerClientKind
{
    /// <summary>A WebSocket that keeps its cursor as docs/protocol.md says.</summary>
    BareWebSocket,

    /// <summary>An event stream that knows nothing but <c>id:</c> and Last-Event-ID, as a browser's EventSource.</summary>
    BareEventSource,

    /// <summary><see cref="NotifyConnection"/> over WebSocket.</summary>
    WebSocket,

    /// <summary><see cref="NotifyConnection"/> over server-sent events.</summary>
    Sse,
}

/// <summary>A client that comes back whenever its link is gone, with its cursor, and writes down what it gets.</summary>
internal sealed class LedgerClient : IDisposable
{
    /// <summary>Ids that begin so are the last of their channels.</summary>
    public const string End = "end";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Func<Uri> _address;
    private readonly string _query;
    private readonly FaultLedger.Page _page;
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly HashSet<ChannelId> _ended = [];
    private readonly TaskCompletionSource _connected = NewSignal();
    private readonly TaskCompletionSource _endSeen = NewSignal();
    private TaskCompletionSource _next = NewSignal();
    private CancellationTokenSource? _link;
    private string? _cursor;

    public LedgerClient(FaultLedger ledger, int number, LedgerClientKind kind, Func<Uri> address, (string User, string Company, string Topic) place, CancellationToken stop)
    {
        _address = address;
        _query = $"userid={place.User}&company={place.Company}&topics={place.Topic}";
        _page = ledger.NewPage($"client {number} ({kind})", [new UserId("", place.User).Channel, new CompanyId("", place.Company).Channel, new TopicId("", place.Topic).Channel]);
        Reading = ReadAsync(kind, place, stop);
    }

    /// <summary>What it got.</summary>
    public FaultLedger.Page Page => _page;

    /// <summary>Ends with the first welcome.</summary>
    public Task Connected => _connected.Task;

    /// <summary>Ends with the next welcome.</summary>
    public Task NextWelcome => Volatile.Read(ref _next).Task;

    /// <summary>Ends when the last of each of its channels has come.</summary>
    public Task EndSeen => _endSeen.Task;

    /// <summary>Ends when the client was stopped, or has a reason never to come back.</summary>
    public Task Reading { get; }

    public int Welcomes { get; private set; }

    /// <summary>The close codes that it was told, in order.</summary>
    public List<int> Closes { get; } = [];

    /// <summary>The channels that were said to have lost something.</summary>
    public List<ChannelId> NotRecovered { get; } = [];

    public void Dispose() => _http.Dispose();

    /// <summary>A bare client ends its link and connects anew, where it is told to now.</summary>
    public void Cut() => Volatile.Read(ref _link)?.Cancel();

    private async Task ReadAsync(LedgerClientKind kind, (string User, string Company, string Topic) place, CancellationToken stop)
    {
        try
        {
            if (kind is LedgerClientKind.BareWebSocket or LedgerClientKind.BareEventSource) await ReadBareAsync(kind, stop);
            else await ReadConnectionAsync(kind == LedgerClientKind.WebSocket ? ConnectionTransport.WebSocket : ConnectionTransport.Sse, place, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The run is over.
        }
        catch (Exception failure)
        {
            _ = _connected.TrySetException(failure);
            _ = _endSeen.TrySetException(failure);
            throw;
        }
    }

    private async Task ReadConnectionAsync(ConnectionTransport transport, (string User, string Company, string Topic) place, CancellationToken stop)
    {
        var connection = new NotifyConnection(new()
        {
            BaseAddress = _address(),
            Transport = transport,
            Query = new Dictionary<string, string> { ["userid"] = place.User, ["company"] = place.Company },
            Topics = [place.Topic],
            ReconnectFirst = TimeSpan.FromMilliseconds(20),
            ReconnectMost = TimeSpan.FromMilliseconds(200),
            OnNotRecovered = NotRecovered.AddRange,
            OnConnected = _ => OnWelcome(),
        });
        await foreach (var notification in connection.ReceiveAsync(stop)) Take(notification);
    }

    private async Task ReadBareAsync(LedgerClientKind kind, CancellationToken stop)
    {
        using var pause = new PeriodicTimer(Pause);
        do
        {
            var link = new LinkState();
            var cut = CancellationTokenSource.CreateLinkedTokenSource(stop); // not disposed: whoever cuts may be late
            Volatile.Write(ref _link, cut);
            try
            {
                var frames = kind == LedgerClientKind.BareWebSocket ? WebSocketFramesAsync(link, cut.Token) : EventsAsync(cut.Token);
                await foreach (var frame in frames)
                {
                    if (frame.Type == FrameTypes.Welcome)
                    {
                        NotRecovered.AddRange(frame.Resumed.Where(channel => !channel.Recovered).Select(channel => channel.Channel));
                        OnWelcome();
                    }

                    if (frame.Type == FrameTypes.Close) link.Code = frame.CloseCode;
                    if (frame.Notification is { } notification) Take(notification);
                }
            }
            catch (OperationCanceledException) when (cut.IsCancellationRequested && !stop.IsCancellationRequested)
            {
                // Sent elsewhere.
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or SocketException or WebSocketException)
            {
                // Cut off, or nobody is there: again.
                if (failure is HttpRequestException { StatusCode: { } status } && (int)status is >= 400 and < 500) throw;
            }

            if (link.Code != 1006) Closes.Add(link.Code);
            if (link.Code is >= 4000 and < 4100) throw new ConnectionRefusedException(link.Code, link.Reason);
        }
        while (await pause.WaitForNextTickAsync(stop));
    }

    private async IAsyncEnumerable<ServerFrame> WebSocketFramesAsync(LinkState link, [EnumeratorCancellation] CancellationToken stop)
    {
        var address = new Uri(_address(), _cursor is null ? $"/ws?{_query}" : $"/ws?{_query}&resume={_cursor}");
        Cursor? cursor = null;
        await foreach (var frame in WebSocketLink.ReadAsync(address, new() { BaseAddress = address }, link, stop))
        {
            if (frame.Cursor is { } said && !Cursor.TryParse(said, out cursor)) throw new FormatException($"The cursor '{said}' cannot be read.");
            yield return frame;
            if (frame.Notification is { IsEphemeral: false, Position.IsKnown: true } n) _ = cursor!.Set(Cursor.TagOf(n.Channel.KindName, n.Channel.Name), n.Position.Epoch, n.Position.Offset);
            _cursor = cursor?.ToString();
        }
    }

    private async IAsyncEnumerable<ServerFrame> EventsAsync([EnumeratorCancellation] CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_address(), $"/sse?{_query}"));
        if (_cursor is not null) request.Headers.Add("Last-Event-ID", _cursor);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        if (!response.IsSuccessStatusCode) throw new HttpRequestException($"The edge answered {(int)response.StatusCode}.", null, response.StatusCode);
        await using var stream = await response.Content.ReadAsStreamAsync(stop);
        await foreach (var item in SseParser.Create(stream, static (_, data) => data.ToArray()).EnumerateAsync(stop))
        {
            yield return ServerFrame.Read(item.Data);
            _cursor = item.EventId ?? _cursor; // with the event, as the standard says, not with the line
        }
    }

    private void OnWelcome()
    {
        Welcomes++;
        _ = _connected.TrySetResult();
        _ = Interlocked.Exchange(ref _next, NewSignal()).TrySetResult();
    }

    private void Take(ReceivedNotification notification)
    {
        _page.Delivered(notification.Channel, notification.Position, notification.Id);
        if (!notification.Id.StartsWith(End, StringComparison.Ordinal)) return;
        _ = _ended.Add(notification.Channel);
        if (_ended.Count == _page.Channels.Count) _ = _endSeen.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
