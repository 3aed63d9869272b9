using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Notify.Tests.Platform;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Xunit;

namespace Notify.Tests.Engine.Orleans.Cluster;

/// <summary>Two silos and three edges as processes, with PostgreSQL as the one thing that they share, as <c>./cluster up</c> starts them.</summary>
[Collection(Heavy.Name)]
public sealed class ClusterTests(LocalCluster cluster, ITestOutputHelper output) : IClassFixture<LocalCluster>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Each silo is asked through its own gateway, as a service would, and each edge over HTTP.</summary>
    [Fact]
    public async Task Push_ThroughEachSiloAndEachEdge_ArrivesAtTheRightOnes()
    {
        string[] users = ["alice", "bob", "carol"];
        var listeners = new List<RunningProgram>();
        try
        {
            for (int i = 0; i < users.Length; i++)
            {
                var address = new Uri(cluster.AddressOf(LocalCluster.Edges[i]), $"/sse?userid={users[i]}&company=acme");
                listeners.Add(RunningProgram.Start("curl", ["-sN", address.AbsoluteUri], AppContext.BaseDirectory));
                await listeners[i].WaitForAsync("event: welcome", Limit);
            }

            var pushed = new List<(string User, string Data)>();
            foreach (string silo in LocalCluster.Silos)
            {
                using var service = await ConnectAsync(cluster.GatewayOf(silo));
                foreach (string user in users)
                {
                    pushed.Add((user, $"{user}-through-{silo}"));
                    var receipt = await service.Services.GetRequiredService<IGrainFactory>().GetGrain<IUserGrain>(user).Push(Notification.Json("e", pushed[^1].Data));
                    Assert.Equal(1, receipt.Connections);
                }
            }

            using var http = new HttpClient();
            foreach (string edge in LocalCluster.Edges)
            {
                foreach (string user in users)
                {
                    pushed.Add((user, $"{user}-through-{edge}"));
                    await PushAsync(http, edge, $"users/{user}", pushed[^1].Data);
                }

                await PushAsync(http, edge, "companies/acme", $"acme-through-{edge}");
            }

            for (int i = 0; i < users.Length; i++)
            {
                foreach (var (user, data) in pushed.Where(p => p.User == users[i])) await listeners[i].WaitForAsync($"\"{data}\"", Limit);
                foreach (string edge in LocalCluster.Edges) await listeners[i].WaitForAsync($"\"acme-through-{edge}\"", Limit);
                Assert.DoesNotContain(pushed, p => p.User != users[i] && listeners[i].Output.Contains($"\"{p.Data}\"", StringComparison.Ordinal));
            }
        }
        finally
        {
            foreach (var listener in listeners) await listener.DisposeAsync();
        }
    }

    [Fact]
    public async Task SampleService_PushesThroughItsGrainClientAndOverHttp()
    {
        var edge = cluster.AddressOf("edge2");
        await using var listener = RunningProgram.Start("curl", ["-sN", new Uri(edge, "/sse?userid=sam").AbsoluteUri], AppContext.BaseDirectory);
        await listener.WaitForAsync("event: welcome", Limit);

        await using var sample = RunningProgram.Start(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "Notify.SampleService.dll")], AppContext.BaseDirectory, new Dictionary<string, string?>
            {
                ["Notify__Clustering"] = "AdoNet",
                ["Notify__Cluster__ConnectionString"] = cluster.Database,
                ["Sample__User"] = "sam",
                ["Sample__Every"] = "00:00:00.2",
                ["Sample__Edge"] = cluster.AddressOf("edge1").AbsoluteUri,
            });

        await listener.WaitForAsync("\"order\":2,\"way\":\"by-grain\"", Limit);
        await listener.WaitForAsync("\"order\":2,\"way\":\"over-http\"", Limit);
        await sample.TerminateAsync();
        Assert.Equal(0, await sample.WaitForExitAsync(Limit));
    }

    /// <summary>With the defaults: a lease of 10 seconds.</summary>
    [Fact]
    public async Task Edge_ThatIsKilled_IsNeitherTargetedNorListedAfter15Seconds()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        var there = cluster.AddressOf("edge1");
        await using var dying = RunningProgram.Start("curl", ["-sN", new Uri(cluster.AddressOf("edge3"), "/sse?userid=dora&company=gone").AbsoluteUri], AppContext.BaseDirectory);
        await dying.WaitForAsync("event: welcome", Limit);
        Assert.Equal((1, 1), await SeenAsync());

        long killed = TimeProvider.System.GetTimestamp();
        _ = await cluster.RunAsync("kill", "edge3");
        (int, int) seen;
        do
        {
            seen = await SeenAsync();
        }
        while (seen != (0, 0) && TimeProvider.System.GetElapsedTime(killed) < Limit);

        var took = TimeProvider.System.GetElapsedTime(killed);
        output.WriteLine($"not targeted and not listed {took.TotalSeconds:0.0} s after kill -9");
        _ = await cluster.RunAsync("start", "edge3");
        Assert.Equal((0, 0), seen);
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(15));

        // Edges that a push is sent to; connections that are listed, or an edge that did not answer.
        async Task<(int Targeted, int Listed)> SeenAsync()
        {
            using var answer = await http.PostAsJsonAsync(new Uri(there, "/api/push/companies/gone"), new { data = 1 }, TestContext.Current.CancellationToken);
            var receipt = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
            var list = await http.GetFromJsonAsync<JsonElement>(new Uri(there, "/api/connections?company=gone"), TestContext.Current.CancellationToken);
            int listed = list.GetProperty("connections").GetArrayLength() + (list.GetProperty("complete").GetBoolean() ? 0 : 1);
            return (receipt.GetProperty("edges").GetInt32(), listed);
        }
    }

    [Fact]
    public async Task Status_NamesEveryProcessAndWhereItIs()
    {
        string status = await cluster.RunAsync("status");

        foreach (string name in LocalCluster.Silos.Concat(LocalCluster.Edges)) Assert.Matches($@"(?m)^{name} +serves +\d+ ", status);
        Assert.Matches("(?m)^postgres +runs ", status);
    }

    private static async Task<IHost> ConnectAsync(IPEndPoint gateway)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client => client
            .UseStaticClustering(gateway)
            .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = ("notify", "notify")));
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    private async Task PushAsync(HttpClient http, string edge, string target, string data)
    {
        using var answer = await http.PostAsJsonAsync(new Uri(cluster.AddressOf(edge), $"/api/push/{target}"), new { data }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }
}
