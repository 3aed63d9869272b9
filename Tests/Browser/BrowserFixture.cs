using Microsoft.Playwright;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Browser;

/// <summary>One Chromium and one platform of two edges for all browser tests; each test has names and pages of its own.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    public const string Tests = "browser";

    private const float LimitMs = 30_000; // both engines' suites and Chromium may share two cores

    // What Chromium would otherwise ask its maker's servers for in the background.
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-default-apps",
    ];

    private readonly PlatformFixture _platform = new();
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private static int _lastName;

    public TestPlatform Platform => _platform.Platform;

    /// <summary>A name that no other test has.</summary>
    public static string Fresh(string name) => $"{name}-{Interlocked.Increment(ref _lastName)}";

    public async ValueTask InitializeAsync()
    {
        string chromium = Environment.GetEnvironmentVariable("NOTIFY_CHROMIUM") ?? "/usr/bin/chromium";
        if (!File.Exists(chromium))
            throw new FileNotFoundException($"There is no Chromium at {chromium}: install it with `apt-get install chromium` (./test does), or set NOTIFY_CHROMIUM to its path.");
        Assertions.SetDefaultExpectTimeout(LimitMs);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Headless = true, Args = Arguments });
        await _platform.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.CloseAsync();
        _playwright?.Dispose();
        if (_platform.Platform is not null) await _platform.DisposeAsync();
    }

    /// <summary>A page in a profile of its own.</summary>
    public async Task<IPage> NewPageAsync()
    {
        var context = await _browser!.NewContextAsync();
        context.SetDefaultTimeout(LimitMs);
        return await context.NewPageAsync();
    }

    /// <summary>The demo page of an edge; the query fills its form.</summary>
    public async Task<DemoPage> OpenAsync(TestEdgeHost edge, string query)
    {
        ArgumentNullException.ThrowIfNull(edge);
        var demo = new DemoPage(await NewPageAsync());
        await demo.Page.GotoAsync(new Uri(edge.Address, "/?" + query).AbsoluteUri);
        return demo;
    }

    /// <summary>The demo page of an edge, connected.</summary>
    public async Task<DemoPage> ConnectAsync(TestEdgeHost edge, string query)
    {
        var demo = await OpenAsync(edge, query + "&auto=1");
        await demo.IsInStateAsync("open");
        return demo;
    }
}

/// <summary>The tests that share a <see cref="BrowserFixture"/>.</summary>
[CollectionDefinition(BrowserFixture.Tests)]
public sealed class BrowserTestsDefinition : ICollectionFixture<BrowserFixture>;
