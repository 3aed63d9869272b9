using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Notify.Protocol;
using Notify.Tests.EndToEnd.Faults;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Engine.Orleans.Faults;

/// <summary>An edge's process is stopped (SIGSTOP) for longer than its lease and goes on (SIGCONT), while pushers push.</summary>
[Collection(Heavy.Name)]
public sealed class PausedProcessTests(ITestOutputHelper output)
{
    private static readonly ChannelId Company = new CompanyId("", "c0").Channel;

    [Fact]
    public async Task Push_WhileAnEdgeIsStoppedPastItsLease_LosesAndRepeatsNothing()
    {
        int rounds = TestSeed.Rounds(1, inTheLongRun: 10);
        await using var run = new FaultRun(output);
        await using var cluster = await ProcessCluster.StartAsync(new Dictionary<string, string?>(FaultRun.Retention)
        {
            ["Notify:Leases:Lease"] = "00:00:03",
            ["Notify:Leases:SyncPeriod"] = "00:00:00.2",
            ["Notify:Edge:RenewEvery"] = "00:00:00.5",
        });
        var (sleeper, other) = (cluster.Edges[0], cluster.Edges[1]);
        await using var balancer = TcpForwarder.Start(sleeper.Address);
        await run.ConnectAsync(16, sleeper.Address, balancer.Address, other.Address);
        run.Push(8, other.Address);
        for (int round = 0; round < rounds; round++)
        {
            await run.AcknowledgedAsync(200);
            balancer.Target = other.Address;
            var back = run.Clients.Where((_, i) => i % 3 == 0).Select(client => client.NextWelcome).ToArray();
            await sleeper.Program.SignalAsync("STOP");
            int probes = 0;
            await Polling.Until(
                async () => (await run.PushOneAsync(Company, string.Create(CultureInfo.InvariantCulture, $"probe-{round}-{probes++}"), other.Address)).Edges == 1,
                "the stopped edge to be out of the roster");
            await run.AcknowledgedAsync(200);
            await sleeper.Program.SignalAsync("CONT");
            await Task.WhenAll(back).Within("the stopped edge's own clients to be back at it");
        }

        await run.AcknowledgedAsync(200);
        await run.EndAsync($"{rounds} stops of an edge's process past its lease", other.Address);
        Assert.Contains(CloseCodes.LeaseLost, run.Clients.SelectMany(client => client.Closes));
    }

    /// <summary>Clients of HTTP have time-outs of their own, the publisher of this project 10 seconds.</summary>
    [Fact]
    public async Task Push_WhileTheSiloDoesNotAnswer_IsRefusedAsRetryableInTime()
    {
        await using var cluster = await ProcessCluster.StartAsync();
        using var http = new HttpClient { BaseAddress = cluster.Edges[0].Address, Timeout = TimeSpan.FromSeconds(18) };
        using var before = await PushAsync(http);
        Assert.Equal(HttpStatusCode.Accepted, before.StatusCode);

        await cluster.Silo.SignalAsync("STOP");
        using var refused = await PushAsync(http).Within("the refusal");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        await cluster.Silo.SignalAsync("CONT");

        using var again = await PushAsync(http).Within("the receipt");
        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
    }

    private static Task<HttpResponseMessage> PushAsync(HttpClient http) =>
        http.PostAsJsonAsync(new Uri("/api/push/users/alice", UriKind.Relative), new { id = "n1", data = 1 });
}
