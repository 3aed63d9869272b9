using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Faults;

/// <summary>PostgreSQL stops, in order or as by a crash, and starts again, while pushers push and clients listen.</summary>
[Collection(Heavy.Name)]
public sealed class PostgresStopTests(ITestOutputHelper output)
{
    private const int Pushers = 32;

    [Fact]
    public async Task Push_WhileTheServerStopsAndStarts_LosesAndRepeatsNothing()
    {
        int stops = TestSeed.Rounds(3, inTheLongRun: 30);
        await using var server = new PostgresServer();
        await using var run = new FaultRun(output);
        await using var platform = await TestPlatform.StartAsync(new()
        {
            EdgeCount = 2,
            Settings = new(FaultRun.Retention)
            {
                ["Notify:Log:Store"] = "Postgres",
                ["Notify:Log:ConnectionString"] = await server.GetConnectionStringAsync(),
                ["Notify:Log:Postgres:Schema"] = server.NewSchema(),
            },
        });
        await run.ConnectAsync(16, platform.Edges[0].Address, platform.Edges[1].Address);
        run.Push(Pushers, platform.Edges[0].Address, platform.Edges[1].Address);
        for (int i = 0; i < stops; i++)
        {
            await run.AcknowledgedAsync(1 + run.Random.Next(800));
            int refused = run.Counts.Refused;
            await server.StopAsync(asCrash: run.Random.Next(2) == 0);
            await Polling.Until(() => Task.FromResult(run.Counts.Refused >= refused + Pushers), "as many refusals as there are pushers");
            await server.StartAsync();
        }

        await run.AcknowledgedAsync(200);
        await run.StopPushingAsync();
        await run.RepeatAsync(20, platform.Edges[0].Address);
        await run.EndAsync($"{stops} stops of PostgreSQL", platform.Edges[0].Address);
        Assert.Equal(0, run.Counts.Unanswered);
    }
}
