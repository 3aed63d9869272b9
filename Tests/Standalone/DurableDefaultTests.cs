using System.Text.Json;
using System.Text.RegularExpressions;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Standalone;

/// <summary>What a newcomer starts keeps what it acknowledged, without a setting.</summary>
[Collection(Heavy.Name)]
public sealed partial class DurableDefaultTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();

    [Fact]
    public async Task History_AfterARestart_IsThere()
    {
        string pushed;
        await using (var first = Start())
        {
            string address = await ReadyAsync(first);
            using var answer = await _http.PostAsync($"{address}/api/push/users/alice", Json("""{"event":"order.shipped","data":{"order":7}}"""), Token);
            pushed = JsonElement.Parse(await answer.Content.ReadAsStringAsync(Token)).GetProperty("id").GetString()!;
            await first.TerminateAsync();
            Assert.Equal(0, await first.WaitForExitAsync(Limit));
        }

        await using var second = Start();
        string history = await _http.GetStringAsync($"{await ReadyAsync(second)}/api/history?kind=user&id=alice", Token);
        Assert.Contains(pushed, history, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(_folder.Path, "data", "log"), "*.segment"));
    }

    [Fact]
    public async Task Start_OfASecondProcessInTheSameFolder_SaysWhyNotAndEnds()
    {
        await using var first = Start();
        _ = await ReadyAsync(first);
        await using var second = Start();
        Assert.Equal(1, await second.WaitForExitAsync(Limit));
        Assert.Contains("(Notify:Log:Path) cannot be used, it belongs to another process", second.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_BySetting_IsMemoryAndLeavesNoFiles()
    {
        await using var program = Start(("Notify__Log__Store", "Memory"));
        _ = await ReadyAsync(program);
        Assert.False(Directory.Exists(Path.Combine(_folder.Path, "data")));
    }

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");

    private static async Task<string> ReadyAsync(RunningProgram program)
    {
        await program.WaitForAsync("Notify is ready: open http", Limit);
        return Address().Match(program.Output).Groups[1].Value;
    }

    private RunningProgram Start(params (string Name, string Value)[] settings)
    {
        var environment = new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["ASPNETCORE_URLS"] = "http://127.0.0.1:0" };
        foreach (var (name, value) in settings) environment[name] = value;
        return RunningProgram.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Notify.Standalone.dll")], _folder.Path, environment);
    }

    [GeneratedRegex(@"Notify is ready: open (http\S+)")]
    private static partial Regex Address();
}
