using System.Globalization;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Delivery;

/// <summary>What goes wrong between silo and edge is mended before clients see it.</summary>
public sealed class RepairTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Stream_ThatLosesRepeatsAndReorders_IsMended()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var lossy = new LossyStreams(seed);
        await using var platform = await TestPlatform.StartAsync(new() { EdgeServices = lossy.AddTo });
        await using var webSocket = await RawWebSocket.ConnectAsync(platform.Edge, "userid=ann&company=c");
        await using var sse = await RawSse.ConnectAsync(platform.Edge, "userid=bob&company=c");
        const int pushes = 300;
        for (int i = 0; i < pushes; i++)
        {
            var receipt = await platform.Grains.GetGrain<ICompanyGrain>("c").Push(Notification.Json(null, i));
            Assert.Equal(i + 1, receipt.Position.Offset);
            await lossy.Batches.WaitAsync(TestContext.Current.CancellationToken).Within("the batch of its own for each push");
        }

        lossy.IsClean = true; // else the last ones might be lost again and again
        for (int i = 0; i < pushes; i++)
        {
            Assert.Equal(i, (await webSocket.ReceiveJsonAsync()).GetProperty("data").GetInt32());
            Assert.Equal(i, (await sse.ReceiveJsonAsync()).GetProperty("data").GetInt32());
        }

        output.WriteLine($"{lossy.LostCount} batches lost, {lossy.RepeatedCount} repeated, {lossy.OvertakenCount} overtaken, {lossy.DelayedCount} late");
        Assert.True(lossy.LostCount > 0 && lossy.RepeatedCount > 0 && lossy.OvertakenCount > 0 && lossy.DelayedCount > 0);
        _ = await platform.Grains.GetGrain<ICompanyGrain>("c").Push(Notification.Json(null, "last"));
        Assert.Equal("last", (await webSocket.ReceiveJsonAsync()).GetProperty("data").GetString());
    }

    [Fact]
    public async Task Roster_ThatBelievesInMembersWhoAreNotThere_IsCorrected()
    {
        await using var platform = await TestPlatform.StartAsync();
        await using var client = await RawWebSocket.ConnectAsync(platform.Edge, "userid=ann");
        var topic = new TopicId("", "ghosts").Channel;
        var attached = await platform.Grains.GetChannel(topic).Attach(new(platform.Edge.Id!.Value, 0, 1, []));
        Assert.Equal(AttachOutcome.Attached, attached.Outcome);
        var receipt = await platform.Grains.GetChannel(topic).Push(Notification.Json(null, 1));
        Assert.Equal(1, receipt.Edges);
        await Polling.Until(async () => await platform.RosterCountAsync(topic) == 0, "the edge to detach from a channel without members");
    }

    [Fact]
    public async Task Connect_WhileNoSiloAnswers_ClosesWithReconnectLater()
    {
        await using var platform = await TestPlatform.StartAsync(new()
        {
            Settings = { ["Notify:Connections:JoinTimeout"] = "00:00:01", ["Notify:Edge:CallTimeout"] = "00:00:00.500", ["Notify:Edge:DrainLimit"] = "00:00:02" },
        });
        await platform.Silo.Host.StopAsync(TestContext.Current.CancellationToken);
        await using var client = await RawWebSocket.OpenAsync(platform.Edge, "userid=early");
        Assert.Equal(CloseCodes.NotJoined, await client.ReceiveCloseAsync());
    }

    [Fact]
    public async Task Members_OfAHugeChannel_ComeAndGoWithoutLosingAny()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var platform = await TestPlatform.StartAsync(new() { EdgeCount = 2 });
        var clients = new List<RawWebSocket>();
        for (int round = 0; round < 40; round++)
        {
            for (int i = random.Next(1, 5); i > 0; i--)
                clients.Add(await RawWebSocket.ConnectAsync(platform.Edges[random.Next(2)], $"userid=u{round.ToString(CultureInfo.InvariantCulture)}x{i}&topics=busy"));
            while (clients.Count > 8)
            {
                var leaver = clients[random.Next(clients.Count)];
                clients.Remove(leaver);
                if (random.Next(2) == 0) leaver.Reset();
                else await leaver.DisposeAsync();
            }

            _ = await platform.Grains.GetGrain<ITopicGrain>("busy").Push(Notification.Json(null, round));
            foreach (var client in clients) Assert.Equal(round, (await client.ReceiveJsonAsync()).GetProperty("data").GetInt32());
        }

        foreach (var client in clients) await client.DisposeAsync();
    }
}
