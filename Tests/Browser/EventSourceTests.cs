using Microsoft.Playwright;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Browser;

/// <summary>A browser's own EventSource, without a line of our code in the page: it resumes by itself.</summary>
[Collection(BrowserFixture.Tests)]
public sealed class EventSourceTests(BrowserFixture browser)
{
    [Fact]
    public async Task EventSource_WhoseEdgeRestartsOrIsAnother_GetsWhatItMissed()
    {
        await using var platform = await TestPlatform.StartAsync(new()
        {
            Settings = { ["Notify:Edge:ReconnectSpread"] = "00:00:00", ["Notify:Connections:SseRetry"] = "00:00:00.2" },
        });
        await using var proxy = TcpForwarder.Start(platform.Edge.Address); // one address: for another an EventSource has no Last-Event-ID
        var page = await browser.NewPageAsync();
        await page.GotoAsync(proxy.Address.AbsoluteUri);
        _ = await page.EvaluateAsync(
            """
            () => new Promise(welcomed => {
              Object.assign(window, { got: [], welcomes: 0 });
              window.source = new EventSource("/sse?userid=eve&company=c");
              source.addEventListener("welcome", () => { window.welcomes++; welcomed(); });
              source.addEventListener("e", event => got.push(JSON.parse(event.data).data));
            })
            """);
        await PushAsync(platform, 1, 2);
        await HasAsync(page, 2);

        // Its edge stops and starts again: another process at the same address.
        await platform.Edge.StopAsync();
        await PushAsync(platform, 3, 5);
        proxy.Target = (await platform.StartEdgeAsync()).Address;
        await HasAsync(page, 5);

        // Its link breaks and the next one leads to another edge that is there all the time.
        proxy.Target = (await platform.StartEdgeAsync()).Address;
        proxy.CutAll();
        await PushAsync(platform, 6, 8);
        await HasAsync(page, 8);
        Assert.Equal(Enumerable.Range(1, 8), await page.EvaluateAsync<int[]>("() => got"));
        Assert.True(await page.EvaluateAsync<int>("() => welcomes") >= 3);
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Cursor_InTheBrowser_IsTheServers()
    {
        var page = await browser.NewPageAsync();
        await page.GotoAsync(browser.Platform.Edge.Address.AbsoluteUri);
        var cursor = new Notify.Protocol.Cursor();
        _ = cursor.Set(Notify.Protocol.Cursor.TagOf("user", "eve"), 1795237378518944, 12);
        _ = cursor.Set(Notify.Protocol.Cursor.TagOf("topic", "Größe/ü"), (1L << 53) - 1, (1L << 53) - 1);
        string[] texts = await page.EvaluateAsync<string[]>(
            """
            async text => {
              const { Cursor } = await import("/cursor.js");
              const made = Cursor.parse("AQ");
              made.set({ kind: "user", id: "eve" }, "1795237378518944-12");
              made.set({ kind: "topic", id: "Größe/ü" }, "9007199254740991-9007199254740991");
              return [made.toString(), Cursor.parse(text).toString(), `${Cursor.parse("AQ==")}`];
            }
            """, cursor.ToString());
        Assert.Equal([cursor.ToString(), cursor.ToString(), "null"], texts);
    }

    private static async Task HasAsync(IPage page, int count) => _ = await page.WaitForFunctionAsync("count => got.length >= count", count);

    private static async Task PushAsync(TestPlatform platform, int first, int last)
    {
        for (int i = first; i <= last; i++) _ = await platform.Grains.GetGrain<IUserGrain>("eve").Push(Notification.Json("e", i));
    }
}
