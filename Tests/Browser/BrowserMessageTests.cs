using System.Text.Json;
using Microsoft.Playwright;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Browser;

/// <summary>notify.js sends messages and gets the handlers' answers, in Chromium.</summary>
[Collection(BrowserFixture.Tests)]
public sealed class BrowserMessageTests(BrowserFixture browser) : IAsyncLifetime
{
    private IPage? _page;

    private TestEdgeHost Edge => browser.Platform.Edge;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_page is not null) await _page.Context.CloseAsync(); // else its connection would count in other tests
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Send_EndsWithTheHandlersAnswer(string transport)
    {
        var page = await ConnectAsync(transport);
        string text = await page.EvaluateAsync<string>("async () => JSON.stringify(await Promise.all([1, 2, 3].map(i => client.send(`orders/${i}/ack`, { note: i }))))");
        var answers = JsonElement.Parse(text).EnumerateArray().Select(a => (a.GetProperty("id").GetInt32(), a.GetProperty("body").GetProperty("note").GetInt32()));
        Assert.Equal([(1, 1), (2, 2), (3, 3)], answers);
    }

    [Theory]
    [InlineData("ws", "nowhere", "not_mapped")]
    [InlineData("sse", "nowhere", "not_mapped")]
    [InlineData("ws", "orders/1/ack", "invalid_body")]
    [InlineData("sse", "orders/1/ack", "invalid_body")]
    [InlineData("ws", "never", "no_answer")]
    [InlineData("sse", "never", "no_answer")]
    public async Task Send_ThatFails_EndsWithTheCode(string transport, string url, string code)
    {
        var page = await ConnectAsync(transport);
        Assert.Equal(code, await page.EvaluateAsync<string>("url => client.send(url, undefined, { timeoutMs: 500 }).then(() => 'answered', e => e.code)", url));
        Assert.Equal("open", await page.EvaluateAsync<string>("() => client.state.name"));
    }

    [Fact]
    public async Task Send_WhenTheConnectionEnds_EndsAsLost()
    {
        var page = await ConnectAsync("ws");
        string code = await page.EvaluateAsync<string>("() => { const sent = client.send('never'); client.close(); return sent.then(() => 'answered', e => e.code); }");
        Assert.Equal("connection_lost", code);
        Assert.Equal("not_connected", await page.EvaluateAsync<string>("() => client.send('never').then(() => 'answered', e => e.code)"));
    }

    private async Task<IPage> ConnectAsync(string transport)
    {
        var page = _page = await browser.NewPageAsync();
        _ = await page.GotoAsync(new Uri(Edge.Address, "/?").AbsoluteUri);
        _ = await page.EvaluateAsync(
            """
            async ([transport, user]) => {
              const { connect } = await import("/notify.js");
              await new Promise(open => { window.client = connect({ transport, user, onState: s => s.name === "open" && open() }); });
            }
            """, new[] { transport, BrowserFixture.Fresh("sender") });
        return page;
    }
}
