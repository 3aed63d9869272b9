using System.Net;
using Notify.Tests.EdgeHost.Security;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Predecessors;

/// <summary>server-push (tornado): its three addresses, and /events of another, over two edges.</summary>
public sealed class ServerPushTests : IAsyncLifetime
{
    private TestPlatform _platform = null!;

    public async ValueTask InitializeAsync() => _platform = await TestPlatform.StartAsync(new() { EdgeCount = 2 });

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task Push_ByGet_ReachesTheUsersComponent()
    {
        await using var orders = await RawWebSocket.ConnectAsync(_platform.Edges[0], "userid=7&compid=orders");
        await using var stock = await RawWebSocket.ConnectAsync(_platform.Edges[1], "userid=7&compid=stock");
        await using var other = await RawWebSocket.ConnectAsync(_platform.Edges[1], "userid=8&compid=orders");
        Assert.Equal(202, await GetAsync("/push?userid=7&compid=orders&message=Order%20%22shipped%22%20%26%20paid"));
        Assert.Equal(202, await GetAsync("/push?userid=7&message=both"));
        Assert.Equal(202, await GetAsync("/pushtoall?message=all"));
        Assert.Equal("Order \"shipped\" & paid", await DataAsync(orders));
        Assert.Equal(("both", "all"), (await DataAsync(orders), await DataAsync(orders)));
        Assert.Equal(("both", "all"), (await DataAsync(stock), await DataAsync(stock)));
        Assert.Equal("all", await DataAsync(other));
    }

    [Fact]
    public async Task Push_ByPostOfAForm_WorksToo()
    {
        await using var client = await RawWebSocket.ConnectAsync(_platform.Edges[1], "userid=7&compid=orders");
        using var form = new FormUrlEncodedContent([new("userid", "7"), new("compid", "orders"), new("message", "héllo")]);
        using var answer = await _platform.Edge.Http.PostAsync(new Uri("/push", UriKind.Relative), form, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal("héllo", await DataAsync(client));
    }

    [Theory]
    [InlineData("/push?userid=7")]
    [InlineData("/push?message=x")]
    [InlineData("/pushtoall")]
    public async Task Push_WhenSomethingIsMissing_IsRefused(string address) => Assert.Equal(400, await GetAsync(address));

    /// <summary>An image on any page makes the browser send a GET; it says so itself.</summary>
    [Theory]
    [InlineData("cross-site", 403)]
    [InlineData("same-site", 403)]
    [InlineData("same-origin", 202)]
    [InlineData("none", 202)]
    public async Task Push_FromAPageOfAnotherSite_IsRefused(string site, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/pushtoall?message=x");
        request.Headers.Add("Sec-Fetch-Site", site);
        using var answer = await _platform.Edge.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Events_OfAClientId_AreAStreamOfEvents()
    {
        using var http = new HttpClient { BaseAddress = _platform.Edges[1].Address };
        await using var stream = await http.GetStreamAsync(new Uri("/events?clientId=12345", UriKind.Relative), TestContext.Current.CancellationToken).Within("the event stream");
        using var reader = new StreamReader(stream);
        await ReadToAsync(reader, "event: welcome");
        Assert.Equal(202, await GetAsync("/push?userid=12345&message=hello"));
        await ReadToAsync(reader, "\"data\":\"hello\"");
    }

    [Theory]
    [InlineData("/push?userid=7&message=x")]
    [InlineData("/pushtoall?message=x")]
    [InlineData("/ws?userid=7&compid=1")]
    [InlineData("/events?clientId=12345")]
    public async Task OldAddresses_WhereKeysAreSet_NeedOne(string address)
    {
        await using var platform = await TestSecurity.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (address.StartsWith("/ws", StringComparison.Ordinal))
        {
            request.Headers.Add("Connection", "Upgrade");
            request.Headers.Add("Upgrade", "websocket");
            request.Headers.Add("Sec-WebSocket-Version", "13");
            request.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        }

        using var answer = await platform.Edge.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        if (address.StartsWith("/push", StringComparison.Ordinal))
            Assert.Equal(202, (await platform.Edge.SendAsync(HttpMethod.Get, address, TestSecurity.PlatformKey)).Status);
    }

    private async Task<int> GetAsync(string address)
    {
        using var answer = await _platform.Edges[0].Http.GetAsync(new Uri(address, UriKind.Relative), TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    private static async Task<string?> DataAsync(RawWebSocket client) => (await client.ReceiveNotificationAsync()).GetProperty("data").GetString();

    private static async Task ReadToAsync(StreamReader reader, string wanted)
    {
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().Within(wanted) is { } line)
        {
            if (line.Contains(wanted, StringComparison.Ordinal)) return;
        }

        Assert.Fail($"The stream ended before {wanted}.");
    }
}
