using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Engine.Orleans;

/// <summary>A silo and two edges, each in a process of its own.</summary>
public sealed partial class ProcessesTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly List<RunningProgram> _programs = [];
    private readonly List<string> _edges = [];
    private readonly HttpClient _http = new();

    public async ValueTask InitializeAsync()
    {
        int[] ports = FreePorts(2);
        var environment = new Dictionary<string, string?>
        {
            ["Notify__Localhost__SiloPort"] = ports[0].ToString(CultureInfo.InvariantCulture),
            ["Notify__Localhost__GatewayPort"] = ports[1].ToString(CultureInfo.InvariantCulture),
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information",
        };
        await Start("Notify.Silo.dll", environment).WaitForAsync("Application started", Limit);
        for (int i = 0; i < 2; i++)
        {
            var edge = Start("Notify.EdgeHost.dll", environment);
            await edge.WaitForAsync("Application started", Limit);
            _edges.Add(Address().Match(edge.Output).Groups[1].Value);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in Enumerable.Reverse(_programs)) await program.DisposeAsync();
        _http.Dispose();
    }

    [Fact]
    public async Task Pushes_ThroughEitherEdge_ArriveAtTheMembersOfBoth()
    {
        var alice = Listen(_edges[0], "alice");
        var bob = Listen(_edges[1], "bob");
        await alice.WaitForAsync("event: welcome", Limit);
        await bob.WaitForAsync("event: welcome", Limit);

        await PushAsync(_edges[1], "users/alice", "to alice");
        await PushAsync(_edges[0], "users/bob", "to bob");
        await PushAsync(_edges[0], "companies/acme", "to acme");
        await PushAsync(_edges[1], "everyone", "to everyone");

        foreach (var listener in new[] { alice, bob })
        {
            await listener.WaitForAsync("\"to acme\"", Limit);
            await listener.WaitForAsync("\"to everyone\"", Limit);
        }

        await alice.WaitForAsync("\"to alice\"", Limit);
        await bob.WaitForAsync("\"to bob\"", Limit);
        Assert.DoesNotContain("to bob", alice.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("to alice", bob.Output, StringComparison.Ordinal);
    }

    private RunningProgram Start(string assembly, Dictionary<string, string?> environment)
    {
        var program = RunningProgram.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly)], AppContext.BaseDirectory, environment);
        _programs.Add(program);
        return program;
    }

    private RunningProgram Listen(string edge, string user)
    {
        var listener = RunningProgram.Start("curl", ["-sN", $"{edge}/sse?userid={user}&company=acme"], AppContext.BaseDirectory);
        _programs.Add(listener);
        return listener;
    }

    private async Task PushAsync(string edge, string target, string data)
    {
        using var answer = await _http.PostAsJsonAsync($"{edge}/api/push/{target}", new { data }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        listeners.ForEach(l => l.Dispose());
        return ports;
    }

    [GeneratedRegex(@"Now listening on: (http\S+)")]
    private static partial Regex Address();
}
