using Microsoft.Playwright;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Browser;

/// <summary>notify.js comes back by itself and gets what it missed, on whatever edge.</summary>
[Collection(BrowserFixture.Tests)]
public sealed class BrowserResumeTests(BrowserFixture browser)
{
    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Client_WhoseLinkBreaks_GetsWhatItMissedOnceAndInOrder(string transport)
    {
        await using var platform = await TestPlatform.StartAsync(new() { EdgeCount = 2 });
        await using var proxy = TcpForwarder.Start(platform.Edges[0].Address);
        var page = await OpenAsync(proxy, transport);
        await PushAsync(platform, 1, 3);
        await HasAsync(page, 3);
        for (int round = 0; round < 3; round++)
        {
            proxy.Target = platform.Edges[(round + 1) % 2].Address;
            proxy.CutAll();
            int first = 4 + (round * 5);
            await PushAsync(platform, first, first + 4);
            await HasAsync(page, first + 4);
        }

        Assert.Equal(Enumerable.Range(1, 18), await page.EvaluateAsync<int[]>("() => got"));
        Assert.True(await page.EvaluateAsync<bool>("() => states.filter(s => s.name === 'open').slice(1).every(s => s.channels.every(c => c.recovered === true))"));
        await page.Context.CloseAsync();
    }

    /// <summary>Over SSE a change of topics opens a second stream: nothing falls between the two, not even when the first breaks in that moment.</summary>
    [Fact]
    public async Task Subscribe_OverSseWhileTheLinkBreaks_LosesNothing()
    {
        await using var platform = await TestPlatform.StartAsync(new() { EdgeCount = 2 });
        await using var proxy = TcpForwarder.Start(platform.Edges[0].Address);
        var page = await OpenAsync(proxy, "sse");
        for (int round = 0; round < 5; round++)
        {
            await PushAsync(platform, (round * 10) + 1, (round * 10) + 5);
            var change = page.EvaluateAsync("name => client.subscribe([name]).catch(() => {})", $"t/{round}");
            proxy.CutAll();
            await PushAsync(platform, (round * 10) + 6, (round * 10) + 10);
            _ = await change;
            await HasAsync(page, (round + 1) * 10);
        }

        Assert.Equal(Enumerable.Range(1, 50), await page.EvaluateAsync<int[]>("() => got"));
        await page.Context.CloseAsync();
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Cursor_GivenToAnotherClient_GoesOnFromThere(string transport)
    {
        await using var platform = await TestPlatform.StartAsync();
        await using var proxy = TcpForwarder.Start(platform.Edge.Address);
        var page = await OpenAsync(proxy, transport);
        await PushAsync(platform, 1, 2);
        await HasAsync(page, 2);
        string cursor = await page.EvaluateAsync<string>("() => { client.close(); return client.cursor; }");
        await page.Context.CloseAsync();
        await PushAsync(platform, 3, 4);
        var other = await OpenAsync(proxy, transport, cursor);
        await HasAsync(other, 2);
        int[] got = await other.EvaluateAsync<int[]>("() => got");
        Assert.Equal([3, 4], got);
        await other.Context.CloseAsync();
    }

    private async Task<IPage> OpenAsync(TcpForwarder proxy, string transport, string? resume = null)
    {
        var page = await browser.NewPageAsync();
        await page.GotoAsync(new Uri(proxy.Address, "/notify.js").AbsoluteUri);
        await page.EvaluateAsync(
            """
            async ([transport, resume]) => {
              const { connect } = await import("/notify.js");
              Object.assign(window, { got: [], states: [] });
              await new Promise(opened => {
                window.client = connect({
                  transport, resume, user: "eve", company: "c",
                  onNotification: n => got.push(n.data),
                  onState: state => { states.push(state); if (state.name === "open") opened(); },
                });
              });
            }
            """, new object?[] { transport, resume ?? "" });
        return page;
    }

    private static async Task HasAsync(IPage page, int count) => _ = await page.WaitForFunctionAsync("count => got.length >= count", count);

    private static async Task PushAsync(TestPlatform platform, int first, int last)
    {
        for (int i = first; i <= last; i++) _ = await platform.Grains.GetGrain<IUserGrain>("eve").Push(Notification.Json("e", i));
    }
}
