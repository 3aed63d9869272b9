using System.Globalization;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Faults;

/// <summary>The real Standalone with the file log is killed and started again, while pushers push over HTTP and clients listen.</summary>
[Collection(Heavy.Name)]
public sealed class StandaloneKillTests(ITestOutputHelper output)
{
    private const int Pushers = 64;
    private const int Clients = 16;

    [Fact]
    public async Task Kill_While64Push_LosesAndRepeatsNothing()
    {
        int kills = TestSeed.Rounds(5, inTheLongRun: 50);
        await using var run = new FaultRun(output);
        await using var standalone = new StandaloneProcess();
        await standalone.StartAsync();
        await using var shaky = TcpForwarder.Start(standalone.Address);
        await run.ConnectAsync(Clients, standalone.Address, shaky.Address, shaky.Address); // a third on links that stay, as long as the process does
        var random = new Random(run.Seed);
        run.OnAcknowledged = count =>
        {
            if (count % 100 == 0) shaky.CutOne(random);
        };
        run.Push(Pushers, standalone.Address);
        for (int i = 0; i < kills; i++)
        {
            await run.AcknowledgedAsync(1 + run.Random.Next(1_000));
            await standalone.KillAsync();
            await standalone.StartAsync();
        }

        await run.AcknowledgedAsync(100);
        await run.StopPushingAsync();
        await run.RepeatAsync(20, standalone.Address);
        await run.EndAsync($"{kills} kills of Standalone", standalone.Address);
        Assert.True(run.Counts.Unanswered >= kills);
        Assert.All(run.Clients, client => Assert.True(client.Welcomes > 1)); // a kill may come before all are back from the last one
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Push_AgainAfterARestart_GivesTheFirstReceipt(bool isKilled)
    {
        ChannelId[] channels = [new UserId("", "u").Channel, new CompanyId("", "c").Channel, new TopicId("", "t/1").Channel];
        await using var run = new FaultRun(output);
        await using var standalone = new StandaloneProcess();
        await standalone.StartAsync();
        var receipts = new List<(ChannelId Channel, string Id, LedgerReceipt Receipt)>();
        for (int i = 0; i < 30; i++)
        {
            var (channel, id) = (channels[i % channels.Length], i.ToString(CultureInfo.InvariantCulture));
            receipts.Add((channel, id, await run.PushOneAsync(channel, id, standalone.Address).Within("a receipt")));
        }

        if (isKilled) await standalone.KillAsync();
        else await standalone.StopAsync();
        await standalone.StartAsync();

        foreach (var (channel, id, first) in receipts)
        {
            var again = await run.PushAgainAsync(channel, id, standalone.Address).Within("the receipt again");
            Assert.False(first.IsRepeat);
            Assert.Equal((first.Position, true), (again.Position, again.IsRepeat));
        }

        foreach (var channel in channels)
            Assert.Equal(11, (await run.PushOneAsync(channel, "next", standalone.Address).Within("the next receipt")).Position.Offset);
    }
}
