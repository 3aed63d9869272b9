namespace Notify.Client;

/// <summary>How a <see cref="NotifyConnection"/> connects.</summary>
public sealed class NotifyConnectionOptions
{
    /// <summary>The edge, or what balances several, such as http://localhost:8080.</summary>
    public required Uri BaseAddress { get; init; }

    /// <summary>WebSocket by default.</summary>
    public ConnectionTransport Transport { get; init; } = ConnectionTransport.WebSocket;

    /// <summary>
    /// Gives the token for each attempt to connect, and over WebSocket again before it expires, so that the connection goes on; null: none
    /// is sent. Over SSE the server closes when it expires, and the next attempt resumes with a new one.
    /// </summary>
    public Func<CancellationToken, ValueTask<string>>? AccessToken { get; init; }

    /// <summary>Topics to subscribe to.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>The alias within the user; null: none.</summary>
    public string? ClientId { get; init; }

    /// <summary>
    /// Where to begin: <c>latest</c> (the default), <c>last:10</c>, <c>since:2030-01-31T12:00:00Z</c>, or what
    /// <see cref="NotifyConnection.Cursor"/> was when the program last ran. Later it resumes by itself.
    /// </summary>
    public string? Resume { get; init; }

    /// <summary>Further query parameters, such as userid and company in Development.</summary>
    public IReadOnlyDictionary<string, string> Query { get; init; } = new Dictionary<string, string>();

    /// <summary>The wait after a first failure; doubles, with a random part of it taken off; default 500 ms.</summary>
    public TimeSpan ReconnectFirst { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait; default 30 s.</summary>
    public TimeSpan ReconnectMost { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long <see cref="NotifyConnection.SendAsync(string, object?, CancellationToken)"/> waits for an answer; default 30 s.</summary>
    public TimeSpan ReplyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Told the connection's id with each welcome; called between two notifications.</summary>
    public Action<string>? OnConnected { get; init; }

    /// <summary>Told the channels that lost something since the last connection; called before what is left of them arrives.</summary>
    public Action<IReadOnlyList<ChannelId>>? OnNotRecovered { get; init; }

    /// <summary>The time for waits.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
