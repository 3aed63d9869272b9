using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Notify.Silo;
using Notify.Streams;
using Notify.Tests.EndToEnd.Faults;
using Notify.Tests.Platform;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.TestingHost;
using Xunit;

namespace Notify.Tests.Engine.Orleans.Faults;

/// <summary>One of two silos over PostgreSQL is killed, and another one comes, while pushers push through two edges and clients listen.</summary>
[Collection(Heavy.Name)]
public sealed class SiloKillTests(PostgresServer server, ITestOutputHelper output)
{
    [Fact]
    public async Task Push_WhileASiloIsKilled_LosesAndRepeatsNothing()
    {
        int kills = TestSeed.Rounds(1, inTheLongRun: 10);
        await using var run = new FaultRun(output);
        await using var cluster = await StartAsync();
        var options = new TestPlatformOptions { Settings = new(FaultRun.Retention) };
        await using var one = await TestEdgeHost.StartAsync(options, AddClient);
        await using var two = await TestEdgeHost.StartAsync(options, AddClient);
        await run.ConnectAsync(16, one.Address, two.Address);
        run.Push(32, one.Address, two.Address);
        for (int i = 0; i < kills; i++)
        {
            await run.AcknowledgedAsync(300 + run.Random.Next(500));
            await cluster.KillSiloAsync(cluster.Silos[run.Random.Next(cluster.Silos.Count)]);
            await run.AcknowledgedAsync(500);
            await run.RepeatAsync(20, one.Address);
            _ = await cluster.StartAdditionalSiloAsync();
        }

        await run.AcknowledgedAsync(500);
        await run.StopPushingAsync();
        await run.RepeatAsync(40, two.Address);
        await run.EndAsync($"{kills} kills of one of two silos", one.Address);

        // The cluster's client stands for the edges' own: it knows the silos' gateways.
        void AddClient(Microsoft.AspNetCore.Builder.WebApplicationBuilder builder)
        {
            builder.Services.AddSingleton(cluster.Client);
            builder.Services.AddSingleton<IGrainFactory>(cluster.Client);
        }
    }

    private async Task<InProcessTestCluster> StartAsync()
    {
        string connection = await server.GetConnectionStringAsync();
        string schema = server.NewSchema();
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSiloHost((_, host) => host.Configuration.AddInMemoryCollection(
        [
            .. FaultRun.Retention,
            new("Notify:Log:Store", "Postgres"),
            new("Notify:Log:ConnectionString", connection),
            new("Notify:Log:Postgres:Schema", schema),
        ]));
        builder.ConfigureSilo((_, silo) => silo.AddNotifySilo());
        builder.ConfigureClient(client =>
        {
            client.Services.AddEdgeStreams();
            client.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromSeconds(3)); // what the killed silo had is tried again sooner
        });
        var cluster = builder.Build();
        try
        {
            await cluster.DeployAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }
}
