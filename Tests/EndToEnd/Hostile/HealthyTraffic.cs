using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using Notify.Tests.EdgeHost.Security;
using Notify.Tests.EdgeHost.Security.Tokens;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Hostile;

/// <summary>A pusher and a client over each transport that go on all the while: each push arrives, once, in order, and soon.</summary>
internal sealed class HealthyTraffic : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly HttpClient _http;
    private readonly RawWebSocket _webSocket;
    private readonly RawSse _sse;
    private List<TimeSpan> _took = [];
    private int _pushed;

    private HealthyTraffic(HttpClient http, RawWebSocket webSocket, RawSse sse) => (_http, _webSocket, _sse) = (http, webSocket, sse);

    /// <summary>Pushes that arrived.</summary>
    public int Count => _pushed;

    public static async Task<HealthyTraffic> StartAsync(Uri edge)
    {
        string token = TestTokens.Of("healthy", "fine", ["**"], seconds: 3600);
        var http = new HttpClient { BaseAddress = edge };
        http.DefaultRequestHeaders.Add("X-Api-Key", TestSecurity.PlatformKey);
        return new(http, await RawWebSocket.ConnectAsync(edge, "", headers: $"Authorization: Bearer {token}\r\n"), await RawSse.ConnectAsync(edge, $"access_token={token}"));
    }

    /// <summary>Pushes one after the other until this is done; how long each took, from the push to the last client that has it.</summary>
    public async Task<IReadOnlyList<TimeSpan>> DuringAsync(Task other)
    {
        _took = [];
        using var timer = new PeriodicTimer(Pause);
        do await PushAsync();
        while (await timer.WaitForNextTickAsync() && !other.IsCompleted);
        await other;
        _took.Sort();
        return _took;
    }

    /// <summary>So many pushes with nothing beside them.</summary>
    public async Task<IReadOnlyList<TimeSpan>> AloneAsync(int count)
    {
        _took = [];
        for (int i = 0; i < count; i++) await PushAsync();
        _took.Sort();
        return _took;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _webSocket.DisposeAsync();
        await _sse.DisposeAsync();
    }

    private async Task PushAsync()
    {
        int number = ++_pushed;
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes($$"""{"data":{{number}}}""")) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        long began = Stopwatch.GetTimestamp();
        var answered = _http.PostAsync(new Uri("/api/push/users/healthy", UriKind.Relative), body);
        Assert.Equal(number, (await _webSocket.ReceiveJsonAsync()).GetProperty("data").GetInt32());
        Assert.Equal(number, (await _sse.ReceiveJsonAsync()).GetProperty("data").GetInt32());
        _took.Add(Stopwatch.GetElapsedTime(began));
        using var answer = await answered;
        Assert.Equal(System.Net.HttpStatusCode.Accepted, answer.StatusCode);
    }
}
