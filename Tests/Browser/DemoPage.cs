using Microsoft.Playwright;

namespace Notify.Tests.Browser;

/// <summary>A message as the page shows it.</summary>
public sealed record ShownMessage(string Id, string Channel, string Event, string Data);

/// <summary>The demo page, in its own words.</summary>
public sealed class DemoPage : IAsyncDisposable
{
    private readonly List<string> _complaints = [];

    public DemoPage(IPage page)
    {
        ArgumentNullException.ThrowIfNull(page);
        Page = page;
        page.PageError += (_, error) => Complain(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") Complain(message.Text);
        };
    }

    public IPage Page { get; }

    public ILocator Status => Page.GetByRole(AriaRole.Status).First;

    public ILocator Messages => Page.Locator("#messages > li");

    public ILocator Outcome => Page.Locator("#receipt .outcome");

    public ILocator Push => Page.GetByRole(AriaRole.Button, new() { Name = "Push", Exact = true });

    /// <summary>What the browser complained about: errors of scripts, breaches of the content security policy, failed requests.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints) return [.. _complaints];
        }
    }

    /// <summary>Waits for a state of the connection: connecting, open, waiting, closed, failed.</summary>
    public Task IsInStateAsync(string state) => Assertions.Expect(Status).ToHaveAttributeAsync("data-state", state);

    public async Task<string> ConnectionIdAsync() => await Page.Locator("#connection-id").InnerTextAsync();

    /// <summary>Waits until exactly these notifications are shown, the oldest first.</summary>
    public async Task ShowsAsync(params string[] ids)
    {
        await Assertions.Expect(Messages).ToHaveCountAsync(ids.Length);
        var shown = await MessagesAsync();
        Xunit.Assert.Equal(ids, shown.Select(m => m.Id));
    }

    /// <summary>The messages shown now, the oldest first.</summary>
    public async Task<IReadOnlyList<ShownMessage>> MessagesAsync()
    {
        string[][] rows = await Page.EvaluateAsync<string[][]>(
            """
            () => [...document.querySelectorAll("#messages > li")].reverse().map(li =>
              [li.dataset.id, ...[".channel", ".event", "pre"].map(part => li.querySelector(part).textContent)])
            """);
        return [.. rows.Select(r => new ShownMessage(r[0], r[1], r[2], r[3]))];
    }

    /// <summary>Fills in the push form's target.</summary>
    public async Task TargetAsync(string kind, string? name)
    {
        await Page.GetByLabel("To", new() { Exact = true }).SelectOptionAsync(kind);
        if (name is not null) await Page.Locator("[name=target]").FillAsync(name);
    }

    public async ValueTask DisposeAsync() => await Page.Context.CloseAsync();

    private void Complain(string text)
    {
        lock (_complaints) _complaints.Add(text);
    }
}
