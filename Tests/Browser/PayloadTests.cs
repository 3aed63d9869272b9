using System.Text.Json;
using Microsoft.Playwright;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Browser;

/// <summary>Whatever is pushed, the page shows it as text and stays small.</summary>
[Collection(BrowserFixture.Tests)]
public sealed class PayloadTests(BrowserFixture browser)
{
    private const string Hostile = "</pre><img src=x onerror=\"window.breached=1\"><script>window.breached=1</script>&lt;b&gt;";

    private TestEdgeHost Edge => browser.Platform.Edge;

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Message_ThatIsHostile_IsShownAsText(string transport)
    {
        string company = BrowserFixture.Fresh("<i onclick=breached=1>");
        await using var page = await browser.ConnectAsync(Edge, $"user=%3Cb%3Ealice&company={Uri.EscapeDataString(company)}&transport={transport}");
        string data = JsonSerializer.Serialize(new Dictionary<string, string> { [Hostile] = Hostile + "\u2028\u202e\0" });

        await Edge.PushAsync("", JsonSerializer.Serialize(new
        {
            target = new { kind = "company", id = company },
            id = Hostile,
            @event = Hostile,
            data = JsonElement.Parse(data),
        }));

        await Assertions.Expect(page.Messages).ToHaveCountAsync(1);
        var message = Assert.Single(await page.MessagesAsync());
        Assert.Equal(Hostile, message.Id);
        Assert.Equal("company " + company, message.Channel);
        Assert.Equal(Hostile, message.Event);
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(data), JsonElement.Parse(message.Data)), message.Data);
        await Assertions.Expect(page.Messages.Locator("img, script, b, i")).ToHaveCountAsync(0);
        Assert.False(await page.Page.EvaluateAsync<bool>("() => 'breached' in window"));
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Problem_ThatQuotesHostileInput_IsShownAsText()
    {
        await using var page = await browser.OpenAsync(Edge, $"user={Uri.EscapeDataString(Hostile + " ")}&auto=1");

        await page.IsInStateAsync("failed");

        await Assertions.Expect(page.Page.Locator("header img")).ToHaveCountAsync(1); // the page's own
        Assert.False(await page.Page.EvaluateAsync<bool>("() => 'breached' in window"));
    }

    [Fact]
    public async Task Message_ThatIsLong_IsCut()
    {
        string alice = BrowserFixture.Fresh("alice");
        await using var page = await browser.ConnectAsync(Edge, $"user={alice}");

        await Edge.PushAsync($"/users/{alice}", JsonSerializer.Serialize(new { data = new string('x', 60_000) }));

        await Assertions.Expect(page.Messages.Locator("pre")).ToContainTextAsync("(56002 more characters)");
    }

    [Fact]
    public async Task Messages_BeyondTheLimit_PushOutTheOldest()
    {
        const int limit = 500;
        string alice = BrowserFixture.Fresh("alice");
        await using var page = await browser.ConnectAsync(Edge, $"user={alice}");

        for (int part = 0; part < 2; part++)
        {
            var items = Enumerable.Range(part * 300, 300).Select(i => new { target = new { kind = "user", id = alice }, id = $"n{i}", data = i });
            await Edge.PushAsync("", JsonSerializer.Serialize(items));
        }

        await Assertions.Expect(page.Page.Locator("#received")).ToHaveTextAsync("600");
        await Assertions.Expect(page.Messages.First).ToHaveAttributeAsync("data-id", "n599");
        Assert.Equal(Enumerable.Range(100, limit).Select(i => $"n{i}"), (await page.MessagesAsync()).Select(m => m.Id));

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Clear" }).ClickAsync();
        await Assertions.Expect(page.Messages).ToHaveCountAsync(0);
        await Assertions.Expect(page.Page.Locator("#received")).ToHaveTextAsync("0");
    }
}
