using System.Net;
using System.Net.Http.Json;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Engine.Orleans;

/// <summary>A silo and two edges, each in a process of its own.</summary>
public sealed class ProcessesTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly List<RunningProgram> _listeners = [];
    private readonly HttpClient _http = new();
    private ProcessCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await ProcessCluster.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners) await listener.DisposeAsync();
        await _cluster.DisposeAsync();
        _http.Dispose();
    }

    [Fact]
    public async Task Pushes_ThroughEitherEdge_ArriveAtTheMembersOfBoth()
    {
        var alice = Listen(0, "alice");
        var bob = Listen(1, "bob");
        await alice.WaitForAsync("event: welcome", Limit);
        await bob.WaitForAsync("event: welcome", Limit);

        await PushAsync(1, "users/alice", "to alice");
        await PushAsync(0, "users/bob", "to bob");
        await PushAsync(0, "companies/acme", "to acme");
        await PushAsync(1, "everyone", "to everyone");

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

    /// <summary>The framework's default is two lines for each request, which cost more than a push.</summary>
    [Fact]
    public async Task Requests_AreNotLogged()
    {
        var (address, edge) = _cluster.Edges[0];
        await PushAsync(0, "users/alice", "to nobody");
        foreach (var one in (Uri[])[address, _cluster.SiloAddress])
            Assert.Equal("live", await _http.GetStringAsync(new Uri(one, "/health/live"), TestContext.Current.CancellationToken));

        foreach (var program in (RunningProgram[])[edge, _cluster.Silo])
        {
            await program.TerminateAsync();
            _ = await program.WaitForExitAsync(Limit);
            await program.WaitForAsync("Application is shutting down", Limit); // what was logged before is there, too
            Assert.DoesNotContain("Microsoft.AspNetCore.Routing", program.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("/api/push", program.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("/health", program.Output, StringComparison.Ordinal);
        }
    }

    private RunningProgram Listen(int edge, string user)
    {
        var address = new Uri(_cluster.Edges[edge].Address, $"/sse?userid={user}&company=acme");
        var listener = RunningProgram.Start("curl", ["-sN", address.AbsoluteUri], AppContext.BaseDirectory);
        _listeners.Add(listener);
        return listener;
    }

    private async Task PushAsync(int edge, string target, string data)
    {
        using var answer = await _http.PostAsJsonAsync(new Uri(_cluster.Edges[edge].Address, $"/api/push/{target}"), new { data }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }
}
