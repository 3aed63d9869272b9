using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Delivery;
using Xunit;

namespace Notify.Tests.EdgeHost.Connections;

public sealed class MembersTests(ITestOutputHelper output)
{
    [Fact]
    public void JoinAndLeave_InAnyOrder_KeepBothListsRight()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var channels = Enumerable.Range(0, 7).Select(i => new ChannelEntry(new TopicId("", $"t{i}").Channel, new())).ToArray();
        var connections = Enumerable.Range(0, 40).Select(i => TestConnections.Make(i)).ToArray();
        var model = new HashSet<(Connection, ChannelEntry)>();
        for (int step = 0; step < 20_000; step++)
        {
            var connection = connections[random.Next(connections.Length)];
            var channel = channels[random.Next(channels.Length)];
            int slot = connection.SlotOf(channel.Id);
            Assert.Equal(model.Contains((connection, channel)), slot >= 0);
            if (slot < 0)
            {
                Members.Join(channel, connection);
                model.Add((connection, channel));
            }
            else
            {
                Members.Leave(connection, slot);
                model.Remove((connection, channel));
            }

            if (step % 100 == 0) Check(channels, connections, model);
        }

        Check(channels, connections, model);
    }

    private static void Check(ChannelEntry[] channels, Connection[] connections, HashSet<(Connection, ChannelEntry)> model)
    {
        var byChannel = new HashSet<(Connection, ChannelEntry)>();
        foreach (var channel in channels)
        {
            foreach (var member in channel.Members.All) Assert.True(byChannel.Add((member.Connection, channel)));
        }

        var byConnection = new HashSet<(Connection, ChannelEntry)>();
        foreach (var connection in connections)
        {
            foreach (var membership in connection.Memberships)
            {
                Assert.True(byConnection.Add((connection, membership.Entry)));
                Assert.Same(connection, membership.Entry.Members.All[membership.Index].Connection);
            }
        }

        Assert.True(byChannel.SetEquals(model));
        Assert.True(byConnection.SetEquals(model));
    }
}
