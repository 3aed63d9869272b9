using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Browser;

/// <summary>notify.js by itself: when it comes back, and what it makes of a server that misbehaves. The page's clock is driven by hand.</summary>
[Collection(BrowserFixture.Tests)]
public sealed class BrowserClientTests(BrowserFixture browser) : IAsyncLifetime
{
    private ScriptedEdge _edge = null!;
    private IPage _page = null!;

    public async ValueTask InitializeAsync()
    {
        _edge = await ScriptedEdge.StartAsync();
        _page = await browser.NewPageAsync();
        await _page.Clock.InstallAsync();
        await _page.GotoAsync(new Uri(_edge.Address, "/notify.js").AbsoluteUri); // a page without timers of its own
    }

    public async ValueTask DisposeAsync()
    {
        await _page.Context.CloseAsync();
        await _edge.DisposeAsync();
    }

    [Fact]
    public async Task RuleOf_IsTheProtocols()
    {
        string[] rules = await _page.EvaluateAsync<string[]>(
            "async () => { const { ruleOf } = await import('/notify/link.js'); return Array.from({ length: 5000 }, (_, code) => ruleOf(code)); }");

        for (int code = 1000; code < rules.Length; code++)
            Assert.Equal($"{code} {CloseCodes.RuleOf(code)}".ToLowerInvariant(), $"{code} {rules[code]}");
    }

    [Theory]
    [InlineData("ws", CloseCodes.Replaced)]
    [InlineData("sse", CloseCodes.Replaced)]
    [InlineData("ws", CloseCodes.Unauthorized)]
    public async Task Close_With40xx_IsForGood(string transport, int code)
    {
        await ConnectAsync(transport);
        var link = await _edge.WelcomeNextAsync();

        await link.CloseAsync(code, "the reason");

        var state = await StateAsync("closed");
        Assert.Equal((code, "the reason"), (state.Code, state.Reason));
        await _page.Clock.RunForAsync(3_600_000);
        Assert.Equal(1, _edge.ArrivalCount);
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Close_With42xx_ComesBackAtOnceTheFirstTime(string transport)
    {
        await ConnectAsync(transport);
        await (await _edge.WelcomeNextAsync()).CloseAsync(CloseCodes.Slow, "slow");
        var second = await _edge.WelcomeNextAsync();
        Assert.Equal(0, (await StateAsync("waiting")).RetryMs);

        await second.CloseAsync(CloseCodes.Slow, "slow");

        await _page.WaitForFunctionAsync("() => states.filter(s => s.name === 'waiting').length === 2");
        Assert.InRange((await StateAsync("waiting")).RetryMs!.Value, 500, 1000); // twice within moments: not at once
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Close_With41xx_ComesBackWhenTheServerSaid(string transport)
    {
        await ConnectAsync(transport);
        var link = await _edge.WelcomeNextAsync();

        await link.SendAsync(FrameTypes.Reconnect, """{"type":"reconnect","afterMs":600000}""");
        await link.CloseAsync(CloseCodes.Draining, "draining");

        var state = await StateAsync("waiting");
        Assert.Equal((CloseCodes.Draining, 600_000), (state.Code, state.RetryMs));
        await _page.Clock.RunForAsync(500_000);
        Assert.Equal(1, _edge.ArrivalCount);
        await _page.Clock.RunForAsync(100_000);
        _ = await _edge.WelcomeNextAsync();
        Assert.Equal(2, _edge.ArrivalCount);
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Break_WithoutAWord_ComesBackLaterAndLater(string transport)
    {
        await ConnectAsync(transport);
        for (int breaks = 1; breaks <= 8; breaks++)
        {
            // Only then: a request that breaks before its answer the browser repeats by itself.
            var link = await _edge.WelcomeNextAsync();
            await _page.WaitForFunctionAsync($"() => states.filter(s => s.name === 'open').length === {breaks}");
            link.Cut();

            await _page.WaitForFunctionAsync($"() => states.filter(s => s.name === 'waiting').length === {breaks}");
            var state = await StateAsync("waiting");
            Assert.Equal((1006, "the connection broke"), (state.Code, state.Reason));
            double full = Math.Min(30_000, 500 * Math.Pow(2, breaks - 1));
            Assert.InRange(state.RetryMs!.Value, (int)(full / 2), (int)full);
            await _page.Clock.RunForAsync((long)full);
        }
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Online_EndsTheWait(string transport)
    {
        await ConnectAsync(transport);
        var link = await _edge.WelcomeNextAsync();
        await link.SendAsync(FrameTypes.Reconnect, """{"type":"reconnect","afterMs":600000}""");
        await link.CloseAsync(CloseCodes.Draining, "draining");
        _ = await StateAsync("waiting");

        await _page.EvaluateAsync("() => dispatchEvent(new Event('online'))");

        _ = await _edge.WelcomeNextAsync();
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Refusal_WithAProblem_IsForGoodAndSaysWhy(string transport)
    {
        _edge.Refusal = static context => Results.Problem("No such user.", statusCode: 403).ExecuteAsync(context);

        await ConnectAsync(transport);

        var state = await StateAsync("closed");
        Assert.Equal((403, "No such user."), (state.Code, state.Reason));
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Refusal_OfAnEdgeThatIsNotReady_ComesBackWhenItSaid(string transport)
    {
        _edge.Refusal = static context =>
        {
            context.Response.Headers.RetryAfter = "90";
            return Results.Problem("Not ready.", statusCode: 503).ExecuteAsync(context);
        };
        await ConnectAsync(transport);
        var state = await StateAsync("waiting");
        Assert.Equal((503, "Not ready.", 90_000), (state.Code, state.Reason, state.RetryMs));

        _edge.Refusal = null;
        await _page.Clock.RunForAsync(90_000);

        _ = await _edge.WelcomeNextAsync();
    }

    [Fact]
    public async Task Subscribe_OverSse_KeepsTheFirstStreamUntilItHasCaughtUpAndTheOrder()
    {
        await ConnectAsync("sse");
        var first = await _edge.WelcomeNextAsync(offset: 4);
        _ = await StateAsync("open");
        await SubscribeAsync("news");
        var second = await _edge.WelcomeNextAsync(offset: 6);
        Assert.Equal("news", second.Topics);

        await first.NotifyAsync(5);
        await _page.WaitForFunctionAsync("() => notifications.length === 1");
        Assert.False(first.Over.IsCompleted);
        await second.NotifyAsync(7);
        await second.SendAsync(FrameTypes.Notification, "{not json");
        await _page.WaitForFunctionAsync("() => problems.length === 1"); // so n7 is there as well
        await first.NotifyAsync(6);
        await first.Over.Within("the first stream to be closed");
        await second.NotifyAsync(8);

        await _page.WaitForFunctionAsync("() => notifications.length === 4");
        Assert.Equal("n5 n6 n7 n8", await _page.EvaluateAsync<string>("() => notifications.map(n => n.id).join(' ')"));
        Assert.Equal("open", await _page.EvaluateAsync<string>("() => client.state.name"));
    }

    [Fact]
    public async Task Subscribe_OverSse_HandsOnOnceWhatComesOnBothStreams()
    {
        await ConnectAsync("sse");
        var first = await _edge.WelcomeNextAsync(offset: 4);
        _ = await StateAsync("open");
        await SubscribeAsync("news");
        var second = await _edge.NextAsync();

        await first.NotifyAsync(5);
        await _page.WaitForFunctionAsync("() => notifications.length === 1");
        await second.NotifyAsync(5);
        await second.NotifyAsync(6);

        await _page.WaitForFunctionAsync("() => notifications.length === 2");
        Assert.Equal("n5 n6", await _page.EvaluateAsync<string>("() => notifications.map(n => n.id).join(' ')"));
    }

    [Fact]
    public async Task Close_WhileTwoStreamsOverlap_ClosesBoth()
    {
        await ConnectAsync("sse");
        var first = await _edge.WelcomeNextAsync(offset: 4);
        _ = await StateAsync("open");
        await SubscribeAsync("news");
        var second = await _edge.WelcomeNextAsync(offset: 5);
        await _page.WaitForFunctionAsync("() => states.filter(s => s.name === 'open').length === 2");

        await _page.EvaluateAsync("() => client.close()");

        await first.Over.Within("the first stream to be closed");
        await second.Over.Within("the second stream to be closed");
        Assert.Equal("connecting open open closed", await _page.EvaluateAsync<string>("() => states.map(s => s.name).join(' ')"));
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Subscribe_WhileWaiting_CountsFromTheNextAttempt(string transport)
    {
        await ConnectAsync(transport);
        await (await _edge.WelcomeNextAsync()).CloseAsync(CloseCodes.NotJoined, "not joined");
        int wait = (await StateAsync("waiting")).RetryMs!.Value;

        await SubscribeAsync("news");
        await SubscribeAsync("stocks/AAPL");
        await _page.Clock.RunForAsync(wait);

        Assert.Equal("news,stocks/AAPL", (await _edge.WelcomeNextAsync()).Topics);
    }

    [Fact]
    public async Task Silence_OnWebSocket_IsAskedAboutAndEndsTheConnection()
    {
        await ConnectAsync("ws");
        var link = await _edge.WelcomeNextAsync();
        _ = await StateAsync("open");

        await _page.Clock.RunForAsync(40_000);
        Assert.Equal("ping", (await link.ReadAsync()).GetProperty("type").GetString());
        await link.SendAsync(FrameTypes.Reply, """{"type":"reply","to":"ping"}""");
        await link.SendAsync(FrameTypes.Notification, """{"type":"notification","id":"mark","time":"2026-01-01T00:00:00Z","data":1}""");
        await _page.WaitForFunctionAsync("() => notifications.length === 1");
        await _page.Clock.RunForAsync(40_000);
        Assert.Equal("ping", (await link.ReadAsync()).GetProperty("type").GetString());
        Assert.Equal("open", await _page.EvaluateAsync<string>("() => client.state.name"));
        await _page.Clock.RunForAsync(40_000);

        Assert.Equal("the server has fallen silent", (await StateAsync("waiting")).Reason);
    }

    [Fact]
    public async Task Silence_OnSse_EndsTheConnectionUnlessThereAreComments()
    {
        await ConnectAsync("sse");
        var link = await _edge.WelcomeNextAsync();
        _ = await StateAsync("open");
        await _page.Clock.RunForAsync(40_000);
        await link.CommentAsync();
        await link.SendAsync(FrameTypes.Notification, """{"type":"notification","id":"mark","time":"2026-01-01T00:00:00Z","data":1}""");
        await _page.WaitForFunctionAsync("() => notifications.length === 1");
        await _page.Clock.RunForAsync(40_000);
        Assert.Equal("open", await _page.EvaluateAsync<string>("() => client.state.name"));

        await _page.Clock.RunForAsync(40_000);

        Assert.Equal("the server has fallen silent", (await StateAsync("waiting")).Reason);
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Frame_ThatCannotBeRead_IsReportedAndTheConnectionLives(string transport)
    {
        await ConnectAsync(transport);
        var link = await _edge.WelcomeNextAsync();

        await link.SendAsync(FrameTypes.Notification, "{not json");
        await link.SendAsync("of.tomorrow", """{"type":"of.tomorrow"}""");
        await link.SendAsync(FrameTypes.Notification, """{"type":"notification","id":"next","time":"2026-01-01T00:00:00Z","data":1}""");

        await _page.WaitForFunctionAsync("() => notifications.length === 1");
        Assert.Equal("unreadable", await _page.EvaluateAsync<string>("() => problems.map(p => p.code).join()"));
        Assert.Equal("open", await _page.EvaluateAsync<string>("() => client.state.name"));
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Handler_ThatThrows_DoesNotEndTheConnection(string transport)
    {
        await ConnectAsync(transport);
        var link = await _edge.WelcomeNextAsync();
        await _page.EvaluateAsync("() => { window.throwOn = 'bad'; }");

        await link.SendAsync(FrameTypes.Notification, """{"type":"notification","id":"bad","time":"2026-01-01T00:00:00Z","data":1}""");
        await link.SendAsync(FrameTypes.Notification, """{"type":"notification","id":"good","time":"2026-01-01T00:00:00Z","data":1}""");

        await _page.WaitForFunctionAsync("() => notifications.some(n => n.id === 'good')");
        Assert.Equal("open", await _page.EvaluateAsync<string>("() => client.state.name"));
    }

    private async Task ConnectAsync(string transport) => _ = await _page.EvaluateAsync(
        """
        async transport => {
          const { connect } = await import("/notify.js");
          Object.assign(window, { states: [], notifications: [], problems: [] });
          window.client = connect({
            transport, user: "alice",
            onState: state => states.push(state),
            onProblem: problem => problems.push(problem),
            onNotification: notification => {
              if (notification.id === window.throwOn) throw new Error("the application's own");
              notifications.push(notification);
            },
          });
        }
        """, transport);

    // Without waiting for the server's consent.
    private async Task SubscribeAsync(string topic) => _ = await _page.EvaluateAsync("topic => { client.subscribe([topic]); }", topic);

    /// <summary>Waits until the client has been in this state; answers with the last time.</summary>
    private async Task<ClientState> StateAsync(string name)
    {
        var found = await _page.WaitForFunctionAsync("name => states.findLast(s => s.name === name)", name);
        return JsonSerializer.Deserialize<ClientState>((await found.JsonValueAsync<JsonElement>()).GetRawText(), JsonSerializerOptions.Web)!;
    }

    private sealed record ClientState(string Name, int Code, string? Reason, int? RetryMs);
}
