using Notify.EdgeHost.Connections;
using Xunit;

namespace Notify.Tests.EdgeHost.Connections;

public sealed class PingWheelTests
{
    [Fact]
    public void Tick_OneRound_PingsEachOnceAndChecksEachAfterTheTimeout()
    {
        var wheel = new PingWheel(everyTicks: 5, timeoutTicks: 2);
        var connections = Enumerable.Range(0, 23).Select(i => TestConnections.Make(i)).ToArray();
        foreach (var connection in connections) wheel.Add(connection);
        var pinged = new Dictionary<Connection, int>();
        var checkedAt = new Dictionary<Connection, int>();
        for (int tick = 0; tick < 7; tick++)
        {
            wheel.Tick(out var ping, out var check);
            Assert.InRange(ping.Count, 4, 5);
            foreach (var connection in ping) pinged.TryAdd(connection, tick);
            foreach (var connection in check)
            {
                if (pinged.ContainsKey(connection)) checkedAt.TryAdd(connection, tick);
            }
        }

        Assert.All(connections, c => Assert.Equal(2, checkedAt[c] - pinged[c]));
    }

    [Fact]
    public void Remove_InAnyOrder_LeavesTheOthers()
    {
        var wheel = new PingWheel(everyTicks: 3, timeoutTicks: 1);
        var connections = Enumerable.Range(0, 30).Select(i => TestConnections.Make(i)).ToList();
        foreach (var connection in connections) wheel.Add(connection);
        foreach (int i in (int[])[0, 29, 3, 6, 27, 14, 15, 16])
        {
            wheel.Remove(connections.Single(c => c.Serial == i));
            connections.RemoveAll(c => c.Serial == i);
        }

        var left = new HashSet<Connection>();
        for (int tick = 0; tick < 3; tick++)
        {
            wheel.Tick(out var ping, out _);
            Assert.All(ping, c => Assert.True(left.Add(c)));
        }

        Assert.True(left.SetEquals(connections));
    }

    [Fact]
    public void New_TimeoutNotShorterThanTheInterval_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PingWheel(everyTicks: 5, timeoutTicks: 5));
}
