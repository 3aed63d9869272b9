using System.Text;
using System.Text.RegularExpressions;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Delivery;
using Notify.EdgeHost.Transports;
using Xunit;

namespace Notify.Tests.EdgeHost.Delivery;

/// <summary>A large fan-out gives way to what is small between its slices, and nobody's order suffers.</summary>
public sealed partial class FanOutSliceTests : IDisposable
{
    private const int Slice = FanOut.SliceConnections;
    private const int Many = 15_000;

    private readonly HandDrivenFanOut _hand = new();
    private readonly List<(int Connection, string Ids)> _written = [];
    private int _next;

    [Fact]
    public void PushToOne_BehindAFanOutToMany_GoesBeforeTheNextSlice()
    {
        var connections = JoinMany(Many);
        _hand.PushToAll("big");
        Assert.True(_hand.Worker.Step());
        Assert.Equal(Slice, _written.Count);

        _hand.PushTo(connections[^1], "small");
        Assert.True(_hand.Worker.Step());
        Assert.Equal((Many - 1, "big small"), _written[Slice]); // next of all, and behind what was before it for the same client
        Assert.Equal(2 * Slice, _written.Count(write => write.Ids == "big"));

        Finish();
        Assert.Equal(Many, _written.Count);
        Assert.Equal(Many - 1, _written.Count(write => write.Ids == "big"));
    }

    [Fact]
    public void FanOutsOfOneChannel_ThatMeetBetweenSlices_ReachEachMemberOnceAndInOrder()
    {
        _ = JoinMany(Many);
        _hand.PushToAll("1");
        Assert.True(_hand.Worker.Step());
        _hand.PushToAll("2");
        _hand.PushToAll("3");
        Finish();
        Assert.All(ReceivedByConnection(), ids => Assert.Equal("1 2 3", ids));
        Assert.Equal(Many + Slice, _written.Count); // who had the first already gets the others in one write, all others all in one
    }

    [Fact]
    public void FewMembers_AreOneSlice()
    {
        _ = JoinMany(Slice);
        _hand.PushToAll("1");
        Assert.False(_hand.Worker.Step());
        Assert.Equal(Slice, _written.Count);
    }

    [Fact]
    public void WhoJoinsBetweenSlices_GetsWhatComesAfter_WhoLeavesGetsNothingMore()
    {
        var connections = JoinMany(2 * Slice);
        _hand.PushToAll("1");
        Assert.True(_hand.Worker.Step());
        var leaves = connections[^1]; // not sent to yet
        _hand.Worker.Post(() =>
        {
            Members.Leave(leaves, leaves.SlotOf(_hand.Entry.Id));
            _ = leaves.Outbox.EndAsync();
            _ = JoinMany(1);
        });
        _hand.PushToAll("2");
        Finish();
        string[] received = ReceivedByConnection();
        Assert.All(received[..^2], ids => Assert.Equal("1 2", ids));
        Assert.Equal("", received[^2]);
        Assert.Equal("2", received[^1]);
    }

    [Fact]
    public void SmallPushesWithoutEnd_DoNotHoldUpTheSlices()
    {
        var connections = JoinMany(4 * Slice);
        _hand.PushToAll("big");
        for (int step = 0; step < 4; step++)
        {
            for (int i = 0; i < 100; i++) _hand.PushTo(connections[0], "small");
            _ = _hand.Worker.Step();
        }

        Assert.Equal(4 * Slice, _written.Select(write => write.Connection).Distinct().Count());
    }

    public void Dispose() => _hand.Dispose();

    private Connection[] JoinMany(int count)
    {
        _next += count;
        return [.. Enumerable.Range(_next - count, count).Select(i => _hand.Join(new Recording(i, _written)))];
    }

    private void Finish()
    {
        while (_hand.Worker.Step())
        {
        }
    }

    private string[] ReceivedByConnection()
    {
        string[] received = [.. Enumerable.Repeat("", _next)];
        foreach (var (connection, ids) in _written) received[connection] = $"{received[connection]} {ids}".Trim();
        return received;
    }

    [GeneratedRegex("\"data\":\\{\"id\":\"([^\"]+)\"")]
    private static partial Regex Id();

    private sealed class Recording(int number, List<(int, string)> written) : ITransport
    {
        public ConnectionTransport Kind => ConnectionTransport.WebSocket;

        public ValueTask WriteAsync(ReadOnlyMemory<Frame> frames)
        {
            written.Add((number, string.Join(' ', frames.ToArray().Select(frame => Id().Match(Encoding.UTF8.GetString(frame.Bytes)).Groups[1].Value))));
            return ValueTask.CompletedTask;
        }

        public ValueTask WriteCloseAsync(CloseReason reason) => ValueTask.CompletedTask;

        public void Abort()
        {
        }
    }
}
