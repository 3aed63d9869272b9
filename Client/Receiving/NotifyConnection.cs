using System.Net.Sockets;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using Notify.Protocol;

namespace Notify.Client;

/// <summary>The server closed the connection for good: connecting again in the same way would fail again.</summary>
public sealed class ConnectionRefusedException(int code, string reason) : Exception($"The connection was refused: {reason} ({code}).")
{
    /// <summary>A close code (<see cref="CloseCodes"/>), or the HTTP status of a refused handshake.</summary>
    public int Code => code;
}

/// <summary>
/// Receives a user's notifications: connects again by the rules of the close codes, gets what it missed, and gives each retained
/// notification once. One at a time may read it. Sends messages to the application's handlers.
/// </summary>
public sealed partial class NotifyConnection(NotifyConnectionOptions options)
{
    private readonly ReceivedPositions _positions = new();

    /// <summary>What to resume with, in this program or a later one (<see cref="NotifyConnectionOptions.Resume"/>); null before the first welcome.</summary>
    public string? Cursor => _positions.Cursor;

    /// <summary>Whether the last connection brought all that was missed; null: nothing was asked for.</summary>
    public bool? Recovered { get; private set; }

    /// <summary>Connects and gives what arrives, until cancelled. After an interruption it connects again, and what was missed comes first.</summary>
    /// <exception cref="ConnectionRefusedException">The server said that connecting again is of no use.</exception>
    public async IAsyncEnumerable<ReceivedNotification> ReceiveAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var wait = options.ReconnectFirst;
        while (true)
        {
            var link = new LinkState();
            await using (var frames = FramesAsync(link, cancellationToken).GetAsyncEnumerator(cancellationToken))
            using (new LinkEnd(this))
            {
                while (await NextAsync(frames, link, cancellationToken))
                {
                    var frame = frames.Current;
                    if (frame.Type == FrameTypes.Welcome)
                    {
                        wait = options.ReconnectFirst;
                        OnWelcome(frame);
                        link.ConnectionId = frame.ConnectionId!;
                        _link = link;
                        options.OnConnected?.Invoke(frame.ConnectionId!);
                    }

                    if (frame.Type == FrameTypes.Cursor) _positions.Renew(frame.Cursor);
                    if (frame.Type == FrameTypes.Reconnect) link.After = frame.After;
                    if (frame.Type == FrameTypes.Close) (link.Code, link.Reason) = (frame.CloseCode, frame.Text!);
                    if (frame.Notification is { } notification && _positions.Advance(notification)) yield return notification;
                }
            }

            var rule = CloseCodes.RuleOf(link.Code);
            if (rule == ReconnectRule.Never) throw new ConnectionRefusedException(link.Code, link.Reason);
            if (rule == ReconnectRule.Now && wait == options.ReconnectFirst) wait = TimeSpan.Zero;
            await Task.Delay(link.After ?? wait * (1 - (Random.Shared.NextDouble() / 2)), options.Clock, cancellationToken);
            wait = wait == TimeSpan.Zero ? options.ReconnectFirst : wait * 2 < options.ReconnectMost ? wait * 2 : options.ReconnectMost;
        }
    }

    private void OnWelcome(ServerFrame frame)
    {
        Recovered = frame.Resumed.Count == 0 ? null : frame.Resumed.All(channel => channel.Recovered);
        ChannelId[] lost = [.. frame.Resumed.Where(channel => !channel.Recovered).Select(channel => channel.Channel)];
        _positions.Welcome(frame.Cursor, lost);
        if (lost.Length > 0) options.OnNotRecovered?.Invoke(lost);
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<ServerFrame> frames, LinkState link, CancellationToken cancellationToken)
    {
        try
        {
            return await frames.MoveNextAsync();
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or WebSocketException or SocketException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (failure is HttpRequestException { StatusCode: { } status } && (int)status is >= 400 and < 500)
                throw new ConnectionRefusedException((int)status, failure.Message);
            link.Reason = failure.Message; // a SocketException comes bare where a link is reset in the moment in which it is made
            return false;
        }
    }

    private IAsyncEnumerable<ServerFrame> FramesAsync(LinkState link, CancellationToken cancellationToken) =>
        options.Transport == ConnectionTransport.Sse
            ? SseLink.ReadAsync(AddressOf("sse"), options, cancellationToken)
            : FramePump.ReadAsync(WebSocketLink.ReadAsync(AddressOf("ws"), options, link, cancellationToken), _replies, cancellationToken);

    private Uri AddressOf(string path)
    {
        var query = options.Query.Select(p => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(p.Value)}").ToList();
        if (options.ClientId is { } clientId) query.Add($"clientId={Uri.EscapeDataString(clientId)}");
        if ((Cursor ?? options.Resume) is { } resume) query.Add($"resume={Uri.EscapeDataString(resume)}");
        if (options.Topics.Count > 0) query.Add($"topics={string.Join(',', options.Topics.Select(Uri.EscapeDataString))}");
        return new UriBuilder(new Uri(options.BaseAddress, path)) { Query = string.Join('&', query) }.Uri;
    }
}

/// <summary>One link: its way back, and how it ended.</summary>
internal sealed class LinkState
{
    /// <summary>The id of its connection, from the welcome.</summary>
    public string ConnectionId { get; set; } = "";

    /// <summary>Sends a text frame, from any thread; null: the transport has no way back.</summary>
    public Func<ReadOnlyMemory<byte>, CancellationToken, Task>? SendAsync { get; set; }

    /// <summary>1006: without a word.</summary>
    public int Code { get; set; } = 1006;

    /// <summary>Why.</summary>
    public string Reason { get; set; } = "";

    /// <summary>The server's wish of when to come back.</summary>
    public TimeSpan? After { get; set; }
}
