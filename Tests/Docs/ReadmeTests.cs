using System.Text.RegularExpressions;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Docs;

/// <summary>The examples of README.md, run as they stand there.</summary>
[Collection(Heavy.Name)]
public sealed partial class ReadmeTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly string _folder = Directory.CreateTempSubdirectory("notify-readme-").FullName;
    private RunningProgram _platform = null!;

    public async ValueTask InitializeAsync()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Notify.Standalone.dll");
        var environment = new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["ASPNETCORE_URLS"] = null };
        _platform = RunningProgram.Start("dotnet", [program], _folder, environment);
        await _platform.WaitForAsync("Notify is ready: open http://localhost:8080", Limit);
    }

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task CurlExamples_PushAndArrive()
    {
        var blocks = MarkdownBlocks.Of("README.md", "bash");
        Assert.Equal(2, blocks.Count);
        await using var listener = RunningProgram.Start("bash", ["-c", blocks[0]], _folder);
        await listener.WaitForAsync("event: welcome", Limit);

        await using var pusher = RunningProgram.Start("bash", ["-ec", blocks[1]], _folder);
        Assert.Equal(0, await pusher.WaitForExitAsync(Limit));
        await listener.WaitForAsync("\"data\":{\"order\":7}", Limit);
        await listener.WaitForAsync("\"data\":\"We are live\"", Limit);
        await listener.WaitForAsync("\"data\":{\"price\":227.5}", Limit);
        Assert.DoesNotContain("problem", pusher.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PublisherExample_Pushes()
    {
        await using var publisher = RunExample(1, "Client", "Microsoft.NET.Sdk", new Dictionary<string, string?>());
        Assert.True(await publisher.WaitForExitAsync(Limit) == 0, publisher.Output);
        Assert.Matches("[0-9a-f]{32} at [0-9]+-[0-9]+, sent to [0-9]+ connections", publisher.Output);
    }

    [Fact]
    public async Task ApplicationExample_ServesAndPushes()
    {
        var environment = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information",
        };
        // The platform of the other examples holds the ports that the example takes by default on Orleans.
        await _platform.DisposeAsync();
        await using var application = RunExample(0, "Standalone", "Microsoft.NET.Sdk.Web", environment);
        await application.WaitForAsync("Now listening on: http", Limit);
        string address = Address().Match(application.Output).Groups[1].Value;

        await using var listener = RunningProgram.Start("curl", ["-sN", $"{address}/sse?userid=alice"], _folder);
        await listener.WaitForAsync("event: welcome", Limit);
        using var http = new HttpClient();
        using var answer = await http.PostAsync($"{address}/orders/7/ship", null, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
        await listener.WaitForAsync("\"event\":\"order.shipped\"", Limit);
    }

    private RunningProgram RunExample(int index, string project, string sdk, IReadOnlyDictionary<string, string?> environment) =>
        DocumentExample.Run(_folder, "README.md", index, project, sdk, environment);

    [GeneratedRegex(@"Now listening on: (http\S+)")]
    private static partial Regex Address();
}
