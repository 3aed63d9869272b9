using Microsoft.Playwright;
using Xunit;

namespace Notify.Tests.Browser;

/// <summary>The page to try the HTTP API.</summary>
[Collection(BrowserFixture.Tests)]
public sealed class ApiPageTests(BrowserFixture browser)
{
    [Fact]
    public async Task Page_SendsARequestAndShowsTheAnswer()
    {
        var page = await browser.NewPageAsync();
        await page.GotoAsync(new Uri(browser.Platform.Edge.Address, "/openapi").AbsoluteUri);
        var operation = page.Locator("details", new() { Has = page.GetByText("/api/push/companies/{company}", new() { Exact = true }) });
        await operation.Locator("summary").ClickAsync();
        await operation.Locator("input[name=company]").FillAsync("api/page");
        await operation.Locator("textarea").FillAsync("""{"data":1,"id":"from-the-page"}""");
        await operation.GetByRole(AriaRole.Button).ClickAsync();
        await Assertions.Expect(operation).ToContainTextAsync("202 Accepted in");
        await Assertions.Expect(operation.Locator("pre")).ToContainTextAsync("\"id\": \"from-the-page\"");

        await operation.Locator("textarea").FillAsync("""{"data":1,"colour":"red"}""");
        await operation.GetByRole(AriaRole.Button).ClickAsync();
        await Assertions.Expect(operation.Locator("pre")).ToContainTextAsync("The field 'colour' is unknown.");
        if (Environment.GetEnvironmentVariable("NOTIFY_SCREENSHOTS") is { } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, "openapi.png"), FullPage = true });
        await page.Context.CloseAsync();
    }
}
