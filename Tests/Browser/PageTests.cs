using Microsoft.Playwright;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Browser;

/// <summary>The page as such: what it loads, what it says, who can use it.</summary>
[Collection(BrowserFixture.Tests)]
public sealed class PageTests(BrowserFixture browser)
{
    private TestEdgeHost Edge => browser.Platform.Edge;

    [Fact]
    public async Task Page_LoadsItsOwnFilesOnlyAndKeepsItsPolicy()
    {
        await using var demo = new DemoPage(await browser.NewPageAsync());
        var hosts = new List<string>();
        demo.Page.Request += (_, request) =>
        {
            lock (hosts) hosts.Add(new Uri(request.Url).Authority);
        };

        await demo.Page.GotoAsync(new Uri(Edge.Address, "/?auto=1&transport=sse").AbsoluteUri);
        await demo.IsInStateAsync("open");
        await demo.Push.ClickAsync();
        await Assertions.Expect(demo.Outcome).ToContainTextAsync("Sent to");

        lock (hosts) Assert.Equal([Edge.Address.Authority], hosts.Distinct());
        Assert.Empty(demo.Complaints);
        bool isEnforced = await demo.Page.EvaluateAsync<bool>(
            "() => { try { document.createElement('p').innerHTML = '<b>x</b>'; return false; } catch { return true; } }");
        Assert.True(isEnforced, "the page's policy forbids markup from text");
    }

    [Fact]
    public async Task Controls_AllHaveNames()
    {
        await using var demo = await browser.ConnectAsync(Edge, $"user={BrowserFixture.Fresh("alice")}&topics=a");
        await demo.TargetAsync("client", "x");

        string[] nameless = await demo.Page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll("input, select, textarea, button, a")]
              .filter(e => ![...(e.labels ?? [])].some(l => l.textContent.trim()) && !e.ariaLabel && !e.textContent.trim())
              .map(e => e.outerHTML)
            """);

        Assert.Empty(nameless);
    }

    [Fact]
    public async Task Keyboard_Alone_ConnectsSubscribesAndPushes()
    {
        string alice = BrowserFixture.Fresh("alice");
        await using var demo = await browser.OpenAsync(Edge, "company=acme-keys");
        await demo.Page.GetByLabel("User", new() { Exact = true }).FocusAsync();
        await demo.Page.Keyboard.PressAsync("Control+A");
        await demo.Page.Keyboard.TypeAsync(alice);
        foreach (string _ in new[] { "company", "component", "client id", "transport" }) await demo.Page.Keyboard.PressAsync("Tab");
        await demo.Page.Keyboard.PressAsync("ArrowRight"); // SSE
        await demo.Page.Keyboard.PressAsync("Tab");
        await demo.Page.Keyboard.PressAsync("Enter"); // Connect
        await Assertions.Expect(demo.Status).ToHaveTextAsync($"{alice} is connected over server-sent events");

        await demo.Page.Keyboard.PressAsync("Tab");
        await demo.Page.Keyboard.TypeAsync("keys");
        await demo.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(demo.Page.Locator("#topic-list li")).ToHaveTextAsync(["keys×"]);

        await demo.Page.GetByLabel("Data (JSON)").FocusAsync();
        await demo.Page.Keyboard.PressAsync("Tab"); // retained or not
        await demo.Page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(demo.Push).ToBeFocusedAsync();
        await demo.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(demo.Messages).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task AnotherClient_IsTheNextUserAndConnectsAtOnce()
    {
        await using var demo = await browser.ConnectAsync(Edge, "user=alice&company=acme-two&topics=stocks%2FAAPL&transport=sse");

        var opened = await demo.Page.Context.RunAndWaitForPageAsync(() => demo.Page.GetByRole(AriaRole.Link, new() { Name = "Open another client" }).ClickAsync());
        var other = new DemoPage(opened);

        await other.IsInStateAsync("open");
        await Assertions.Expect(other.Status).ToHaveTextAsync("bob is connected over server-sent events");
        await Assertions.Expect(other.Page.GetByLabel("Company", new() { Exact = true }).First).ToHaveValueAsync("acme-two");
        await Assertions.Expect(other.Page.Locator("#topic-list li")).ToHaveTextAsync(["stocks/AAPL×"]);
    }

    [Fact]
    public async Task Connect_Shows_ConnectionAndEdge()
    {
        await using var demo = await browser.ConnectAsync(Edge, $"user={BrowserFixture.Fresh("alice")}");

        await Assertions.Expect(demo.Page.Locator("#edge")).ToHaveTextAsync(Edge.Id!.Value.Value);
        Assert.StartsWith($"{Edge.Id.Value.Value}-", await demo.ConnectionIdAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Connect_AsNobody_SaysWhyAndStaysClosed(string transport)
    {
        await using var demo = await browser.OpenAsync(Edge, $"user=&auto=1&transport={transport}");

        await demo.IsInStateAsync("failed");

        await Assertions.Expect(demo.Status).ToContainTextAsync("Refused (401");
        await Assertions.Expect(demo.Status).ToContainTextAsync("Say who you are");
        await Assertions.Expect(demo.Status).ToContainTextAsync("Not connecting again.");
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Drain_OfTheEdge_IsShownAndEndsInComingBackLater(string transport)
    {
        var edge = await browser.Platform.StartEdgeAsync();
        await using var demo = await browser.ConnectAsync(edge, $"user={BrowserFixture.Fresh("alice")}&transport={transport}");
        // The state may be a short one: every text is noted.
        await demo.Page.EvaluateAsync(
            """
            () => {
              window.texts = [];
              const status = document.getElementById("status-text");
              new MutationObserver(() => texts.push(status.textContent)).observe(status, { childList: true });
            }
            """);

        await edge.StopAsync();

        await demo.Page.WaitForFunctionAsync("() => texts.some(t => t.startsWith('The edge is about to stop (4101') && t.includes('Connecting again'))");
        await demo.Page.WaitForFunctionAsync("() => texts.some(t => t.startsWith('The server cannot be reached. Connecting again in '))");
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Subscribe_ToABadTopic_SaysWhyAndKeepsTheConnection(string transport)
    {
        string alice = BrowserFixture.Fresh("alice");
        await using var demo = await browser.ConnectAsync(Edge, $"user={alice}&transport={transport}");

        await demo.Page.GetByLabel("Topics", new() { Exact = true }).FillAsync(new string('t', 257));
        await demo.Page.GetByLabel("Topics", new() { Exact = true }).PressAsync("Enter");

        await Assertions.Expect(demo.Page.Locator("#topic-error")).ToHaveTextAsync("The topic is longer than 256 characters.");
        await Assertions.Expect(demo.Page.Locator("#topic-list li")).ToHaveCountAsync(0);
        await demo.IsInStateAsync("open");
        await Edge.PushAsync($"/users/{alice}", """{"id":"still","data":1}""");
        await demo.ShowsAsync("still");
    }
}
