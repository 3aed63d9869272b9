using Microsoft.Playwright;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Browser;

/// <summary>What is pushed shows up on the pages it is meant for, and on no other.</summary>
[Collection(BrowserFixture.Tests)]
public sealed class DeliveryTests(BrowserFixture browser)
{
    private TestEdgeHost First => browser.Platform.Edges[0];

    private TestEdgeHost Second => browser.Platform.Edges[1];

    [Theory]
    [InlineData("ws", "ws")]
    [InlineData("sse", "sse")]
    [InlineData("ws", "sse")]
    public async Task Push_WithTwoUsersOfOneCompany_ToOneArrivesAtOneAndToTheCompanyAtBoth(string transport, string otherTransport)
    {
        var (alice, bob, acme) = (BrowserFixture.Fresh("alice"), BrowserFixture.Fresh("bob"), BrowserFixture.Fresh("acme"));
        await using var hers = await browser.ConnectAsync(First, $"user={alice}&company={acme}&transport={transport}");
        await using var his = await browser.ConnectAsync(Second, $"user={bob}&company={acme}&transport={otherTransport}");

        await First.PushAsync($"/users/{alice}", """{"id":"to-alice","event":"task.assigned","data":{"task":"Call back"}}""");
        await hers.ShowsAsync("to-alice");
        await Second.PushAsync($"/companies/{acme}", """{"id":"to-acme","event":"pause","data":"now"}""");
        await hers.ShowsAsync("to-alice", "to-acme");
        await his.ShowsAsync("to-acme");

        Assert.Equal(new ShownMessage("to-alice", $"user {alice}", "task.assigned", """{"task":"Call back"}"""), (await hers.MessagesAsync())[0]);
        Assert.Equal(new ShownMessage("to-acme", $"company {acme}", "pause", "\"now\""), Assert.Single(await his.MessagesAsync()));
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Push_ToATopic_ArrivesFromSubscribingToUnsubscribing(string transport)
    {
        string topic = BrowserFixture.Fresh("stocks/AAPL");
        await using var page = await browser.ConnectAsync(First, $"user={BrowserFixture.Fresh("alice")}&transport={transport}");

        await First.PushAsync($"/topics/{topic}", """{"id":"before","data":1}""");
        await page.Page.GetByLabel("Topics", new() { Exact = true }).FillAsync(topic);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Subscribe", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Page.Locator("#topic-list li")).ToHaveTextAsync([$"{topic}×"]);
        await SettledAsync(topic, 1);
        await First.PushAsync($"/topics/{topic}", """{"id":"during","data":2}""");
        await page.ShowsAsync("during");

        await page.Page.GetByRole(AriaRole.Button, new() { Name = $"Unsubscribe from {topic}" }).ClickAsync();
        await Assertions.Expect(page.Page.Locator("#topic-list li")).ToHaveCountAsync(0);
        await SettledAsync(topic, 0);
        await First.PushAsync($"/topics/{topic}", """{"id":"after","data":3}""");
        await First.PushAsync($"/connections/{await page.ConnectionIdAsync()}", """{"id":"last","data":4}""");
        await page.ShowsAsync("during", "last");
    }

    [Fact]
    public async Task Push_ToATopicOfTheAddress_ArrivesAtOnce()
    {
        string topic = BrowserFixture.Fresh("stocks/MSFT");
        await using var page = await browser.ConnectAsync(Second, $"user={BrowserFixture.Fresh("alice")}&topics={Uri.EscapeDataString(topic)}");

        await First.PushAsync($"/topics/{topic}", """{"id":"price","data":420.5}""");

        await page.ShowsAsync("price");
    }

    [Fact]
    public async Task Push_ToAUsersClient_ArrivesAtTheNewestConnectionOfThatClientId()
    {
        string alice = BrowserFixture.Fresh("alice");
        await using var phone = await browser.ConnectAsync(First, $"user={alice}&clientId=phone");
        await using var desk = await browser.ConnectAsync(First, $"user={alice}&clientId=desk");

        await First.PushAsync($"/users/{alice}/clients/phone", """{"id":"ring","data":null}""");
        await First.PushAsync($"/users/{alice}", """{"id":"all","data":null}""");

        await phone.ShowsAsync("ring", "all");
        await desk.ShowsAsync("all");
    }

    [Fact]
    public async Task Push_NarrowedToAComponent_ArrivesThereOnly()
    {
        string acme = BrowserFixture.Fresh("acme");
        await using var billing = await browser.ConnectAsync(First, $"user={BrowserFixture.Fresh("alice")}&company={acme}&component=billing");
        await using var stock = await browser.ConnectAsync(First, $"user={BrowserFixture.Fresh("bob")}&company={acme}&component=stock");

        await First.PushAsync($"/companies/{acme}?component=billing", """{"id":"invoice","data":1}""");
        await First.PushAsync($"/companies/{acme}", """{"id":"all","data":2}""");

        await billing.ShowsAsync("invoice", "all");
        await stock.ShowsAsync("all");
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("sse")]
    public async Task Push_OfBytes_ShowsThem(string transport)
    {
        string alice = BrowserFixture.Fresh("alice");
        await using var page = await browser.ConnectAsync(First, $"user={alice}&transport={transport}");

        using var answer = await First.PostAsync($"/api/push/users/{alice}?event=thumbnail", [0x00, 0x7f, 0xff], "application/octet-stream");

        Assert.Equal(202, (int)answer.StatusCode);
        await Assertions.Expect(page.Messages.Locator("pre")).ToHaveTextAsync(["3 bytes: 00 7f ff"]);
    }

    [Fact]
    public async Task Subscribe_OverSseWhilePushesArrive_LosesAndRepeatsNothingAndKeepsTheOrder()
    {
        const int pushes = 300;
        string alice = BrowserFixture.Fresh("alice");
        await using var page = await browser.ConnectAsync(First, $"user={alice}&transport=sse");
        var pushing = PushAllAsync();

        for (int i = 0; i < 5; i++)
        {
            await page.Page.GetByLabel("Topics", new() { Exact = true }).FillAsync($"topic-{i}");
            await page.Page.GetByLabel("Topics", new() { Exact = true }).PressAsync("Enter");
            await Assertions.Expect(page.Page.Locator("#topic-list li")).ToHaveCountAsync(i + 1);
        }

        await pushing.Within("all pushes");
        await Assertions.Expect(page.Messages).ToHaveCountAsync(pushes);
        Assert.Equal(Enumerable.Range(0, pushes).Select(i => $"n{i}"), (await page.MessagesAsync()).Select(m => m.Id));

        async Task PushAllAsync()
        {
            for (int i = 0; i < pushes; i++) await First.PushAsync($"/users/{alice}", $$"""{"id":"n{{i}}","data":{{i}}}""");
        }
    }

    // Joining over SSE is a second connection and the end of the first; leaving may linger.
    private Task SettledAsync(string topic, int members) =>
        Polling.Until(async () => await browser.Platform.RosterCountAsync(new TopicId("", topic).Channel) == members, $"{members} members of {topic}");
}
