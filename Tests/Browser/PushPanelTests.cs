using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Browser;

/// <summary>The page's push form: every target, the receipt, and what the server refuses.</summary>
[Collection(BrowserFixture.Tests)]
public sealed partial class PushPanelTests(BrowserFixture browser)
{
    private TestEdgeHost Edge => browser.Platform.Edge;

    [Theory]
    [InlineData("user")]
    [InlineData("company")]
    [InlineData("topic")]
    [InlineData("connection")]
    [InlineData("client")]
    [InlineData("everyone")]
    public async Task Push_ToEachKindOfTarget_ShowsTheReceiptAndArrives(string kind)
    {
        var (alice, acme, topic) = (BrowserFixture.Fresh("alice"), BrowserFixture.Fresh("acme"), BrowserFixture.Fresh("a topic/ü?&"));
        await using var page = await browser.ConnectAsync(Edge, $"user={alice}&company={acme}&clientId=desk&topics={Uri.EscapeDataString(topic)}");
        string? name = kind switch
        {
            "user" or "client" => alice,
            "company" => acme,
            "topic" => topic,
            "connection" => await page.ConnectionIdAsync(),
            _ => null,
        };
        await page.TargetAsync(kind, name);
        if (kind == "client") await page.Page.Locator("#push [name=clientId]").FillAsync("desk");

        if (kind == "everyone") // pages of the tests before may still be on their way out, and rosters hear of counts a little later
            await Polling.Until(async () => await browser.Platform.RosterCountAsync(new EveryoneId("").Channel) == 1, "this page to be the only one");
        await page.Push.ClickAsync();

        await Assertions.Expect(page.Outcome).ToContainTextAsync("Sent to 1 connection at 1 edge");
        await Assertions.Expect(page.Messages).ToHaveCountAsync(1);
        var message = Assert.Single(await page.MessagesAsync());
        Assert.Equal("order.shipped", message.Event);
        Assert.Equal("""{"order":1234,"carrier":"DHL"}""", message.Data);
        await Assertions.Expect(page.Outcome).ToContainTextAsync(message.Id);
        await Assertions.Expect(page.Messages.Locator(".latency")).ToHaveAttributeAsync("data-clock", "own");
        await Assertions.Expect(page.Messages.Locator(".latency")).ToHaveTextAsync(OwnLatency());
    }

    [Fact]
    public async Task Push_FromElsewhere_ShowsLatencyByTheServersTime()
    {
        string alice = BrowserFixture.Fresh("alice");
        await using var page = await browser.ConnectAsync(Edge, $"user={alice}");

        await Edge.PushAsync($"/users/{alice}", """{"data":1}""");

        await Assertions.Expect(page.Messages.Locator(".latency")).ToHaveAttributeAsync("data-clock", "server");
        await Assertions.Expect(page.Messages.Locator(".latency")).ToHaveTextAsync(ServerLatency());
    }

    [Fact]
    public async Task Push_Ephemeral_TakesNoOffset()
    {
        string alice = BrowserFixture.Fresh("alice");
        await using var page = await browser.ConnectAsync(Edge, $"user={alice}");
        await page.TargetAsync("user", alice);

        await page.Page.GetByLabel("Ephemeral").CheckAsync();
        await page.Push.ClickAsync();
        await Assertions.Expect(page.Messages.Locator(".mark")).ToHaveTextAsync(["ephemeral"]);
        await page.Page.GetByLabel("Retained").CheckAsync();
        await page.Push.ClickAsync();

        await Assertions.Expect(page.Messages.Locator(".mark")).ToHaveTextAsync(["#1", "ephemeral"]);
    }

    [Fact]
    public async Task Push_ToNobody_SaysSo()
    {
        await using var page = await browser.OpenAsync(Edge, "");
        await page.TargetAsync("user", BrowserFixture.Fresh("nobody"));

        await page.Push.ClickAsync();

        await Assertions.Expect(page.Outcome).ToContainTextAsync("Accepted; nobody is connected");
    }

    [Fact]
    public async Task Push_WithBadInput_ShowsTheProblemDetails()
    {
        await using var page = await browser.OpenAsync(Edge, "");

        await page.TargetAsync("user", new string('x', 129));
        await page.Push.ClickAsync();
        await Assertions.Expect(page.Outcome).ToContainTextAsync("The user is longer than 128 characters.");
        await Assertions.Expect(page.Outcome.Locator("strong")).ToHaveTextAsync("400 Bad Request");

        await page.TargetAsync("user", "");
        await page.Push.ClickAsync();
        await Assertions.Expect(page.Outcome).ToContainTextAsync("The user is empty.");

        await page.TargetAsync("connection", "nosuchedge-1");
        await page.Push.ClickAsync();
        await Assertions.Expect(page.Outcome.Locator("strong")).ToHaveTextAsync(NotFoundOrGone());
    }

    [Fact]
    public async Task Push_WithDataThatIsNoJson_IsStoppedInPlace()
    {
        await using var page = await browser.OpenAsync(Edge, "");
        var data = page.Page.GetByLabel("Data (JSON)");

        await data.FillAsync("{\"order\": }");

        await Assertions.Expect(data).ToHaveAttributeAsync("aria-invalid", "true");
        await Assertions.Expect(page.Page.Locator("#data-error")).ToContainTextAsync("Not JSON");
        await page.Push.ClickAsync();
        await Assertions.Expect(data).ToBeFocusedAsync();
        await Assertions.Expect(page.Outcome).ToHaveCountAsync(0);
        await data.FillAsync("{}");
        await Assertions.Expect(data).ToHaveAttributeAsync("aria-invalid", "false");
        await Assertions.Expect(page.Page.Locator("#data-error")).ToBeEmptyAsync();
    }

    [Fact]
    public async Task PushMany_Pushes100AndCountsThem()
    {
        string alice = BrowserFixture.Fresh("alice");
        await using var page = await browser.ConnectAsync(Edge, $"user={alice}");
        await page.TargetAsync("user", alice);

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Push 100" }).ClickAsync();

        await Assertions.Expect(page.Outcome).ToContainTextAsync("100 pushed");
        await Assertions.Expect(page.Page.Locator("#received")).ToHaveTextAsync("100");
        await Assertions.Expect(page.Page.Locator("#p50-note")).ToHaveTextAsync("100 pushed here");
        await Assertions.Expect(page.Page.Locator("#p99")).ToHaveTextAsync(OwnLatency());
        await Assertions.Expect(page.Messages).ToHaveCountAsync(100);
    }

    /// <summary>The command line that the page offers, taken apart as a shell would, is what the page itself would push.</summary>
    [Fact]
    public async Task Curl_IsTheSamePush()
    {
        string alice = BrowserFixture.Fresh("alice's");
        await using var page = await browser.ConnectAsync(Edge, $"user={Uri.EscapeDataString(alice)}");
        await page.TargetAsync("user", alice);
        await page.Page.GetByLabel("Data (JSON)").FillAsync("""{"big":12345678901234567890,"quote":"it's"}""");

        string text = await page.Page.Locator("#curl").TextContentAsync() ?? "";
        string body = text[(text.IndexOf("-d '", StringComparison.Ordinal) + 4)..^1].Replace("'\\''", "'", StringComparison.Ordinal);

        Assert.StartsWith($"curl -X POST {Edge.Address}api/push ", text, StringComparison.Ordinal);
        Assert.Contains("12345678901234567890", body, StringComparison.Ordinal);
        var item = JsonElement.Parse(body);
        Assert.Equal(alice, item.GetProperty("target").GetProperty("id").GetString());
        var receipt = await Edge.PushAsync("", body);
        await page.ShowsAsync(receipt.GetProperty("id").GetString()!);
    }

    [GeneratedRegex(@"^\d[\d.]* m?s$")]
    private static partial Regex OwnLatency();

    [GeneratedRegex(@"^≈ -?\d[\d.]* m?s$")]
    private static partial Regex ServerLatency();

    [GeneratedRegex("^(404|410|503) ")]
    private static partial Regex NotFoundOrGone();
}
