using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Notify.Tests.Platform;

/// <summary>An SSE client that gives events as they are.</summary>
public sealed class RawSse : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _events;
    private readonly SseParser<string> _parser;

    private RawSse(HttpClient http, HttpResponseMessage response, Stream stream)
    {
        _http = http;
        _response = response;
        _parser = SseParser.Create(stream);
        _events = _parser.EnumerateAsync().GetAsyncEnumerator();
    }

    public JsonElement Welcome { get; private set; }

    public string ConnectionId => Welcome.GetProperty("connectionId").GetString()!;

    /// <summary>The last retry: line.</summary>
    public TimeSpan Retry => _parser.ReconnectionInterval;

    public static Task<RawSse> ConnectAsync(TestEdgeHost edge, string query, Version? version = null, string? lastEventId = null) =>
        ConnectAsync(edge.Address, query, version, lastEventId);

    /// <summary>Connects to the edge of another process.</summary>
    public static async Task<RawSse> ConnectAsync(Uri edge, string query, Version? version = null, string? lastEventId = null)
    {
        var http = new HttpClient();
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(edge, $"/sse?{query}"))
        {
            Version = version ?? HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).Within("the head of the event stream");
        _ = response.EnsureSuccessStatusCode();
        var client = new RawSse(http, response, await response.Content.ReadAsStreamAsync());
        client.Welcome = JsonElement.Parse((await client.ReceiveAsync()).Data);
        return client;
    }

    /// <summary>The id: of the last event, or of a line of its own.</summary>
    public string LastEventId => _parser.LastEventId;

    /// <summary>The next event.</summary>
    public async Task<SseItem<string>> ReceiveAsync()
    {
        if (!await _events.MoveNextAsync().AsTask().Within("an event")) throw new IOException("The event stream has ended.");
        return _events.Current;
    }

    /// <summary>The next event's data.</summary>
    public async Task<JsonElement> ReceiveJsonAsync() => JsonElement.Parse((await ReceiveAsync()).Data);

    public ValueTask DisposeAsync()
    {
        _response.Dispose();
        _http.Dispose();
        return ValueTask.CompletedTask;
    }
}
