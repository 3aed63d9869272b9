using Microsoft.Playwright;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Browser;

/// <summary>However a page goes, its connection goes with it.</summary>
[Collection(BrowserFixture.Tests)]
public sealed class LeavingTests(BrowserFixture browser)
{
    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Disconnect_LeavesTheRoster(string transport)
    {
        await using var page = await ConnectAsync(transport, out var channel);

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Disconnect" }).ClickAsync();

        await page.IsInStateAsync("closed");
        await IsEmptyAsync(channel);
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Close_OfThePage_LeavesTheRoster(string transport)
    {
        await using var page = await ConnectAsync(transport, out var channel);

        await page.Page.CloseAsync();

        await IsEmptyAsync(channel);
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Crash_OfThePage_LeavesTheRoster(string transport)
    {
        await using var page = await ConnectAsync(transport, out var channel);
        var crashed = new TaskCompletionSource();
        page.Page.Crash += (_, _) => crashed.TrySetResult();

        _ = page.Page.GotoAsync("chrome://crash").ContinueWith(static crash => crash.Exception, TaskScheduler.Default); // never arrives

        await crashed.Task.Within("the page to crash");
        await IsEmptyAsync(channel);
    }

    [Fact]
    public async Task Reload_LeavesOneConnection()
    {
        await using var page = await ConnectAsync("ws", out var channel);

        await page.Page.ReloadAsync();

        await page.IsInStateAsync("open");
        await Polling.Until(async () => await browser.Platform.RosterCountAsync(channel) == 1, "one connection in the roster");
    }

    private Task<DemoPage> ConnectAsync(string transport, out ChannelId channel)
    {
        string alice = BrowserFixture.Fresh("alice");
        channel = new UserId("", alice).Channel;
        return ConnectAsync(alice, transport, channel);
    }

    private async Task<DemoPage> ConnectAsync(string user, string transport, ChannelId channel)
    {
        var page = await browser.ConnectAsync(browser.Platform.Edge, $"user={user}&transport={transport}");
        Assert.Equal(1, await browser.Platform.RosterCountAsync(channel));
        return page;
    }

    private Task IsEmptyAsync(ChannelId channel) =>
        Polling.Until(async () => await browser.Platform.RosterCountAsync(channel) == 0, "an empty roster");
}
