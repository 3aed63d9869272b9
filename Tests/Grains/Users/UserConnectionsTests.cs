using System.Collections.Immutable;
using Notify.Grains.Users;
using Xunit;

namespace Notify.Tests.Grains.Users;

public sealed class UserConnectionsTests
{
    private static readonly EdgeId A = new("a"), B = new("b");

    [Fact]
    public void Report_NewConnectionWithTheSameClientId_ReplacesTheOther()
    {
        var all = new UserConnections();
        Assert.Empty(all.Report(A, [Of(A, 1, "x", 10), Of(A, 2, "y", 10)], false));
        Assert.Equal([Id(A, 1)], all.Report(B, [Of(B, 1, "x", 20)], false));
    }

    /// <summary>Clocks of edges differ: what came later by the order of reports is the newer.</summary>
    [Fact]
    public void Report_NewConnectionFromAnEdgeWhoseClockIsBehind_StillReplaces()
    {
        var all = new UserConnections();
        _ = all.Report(A, [Of(A, 1, "x", 10)], false);
        Assert.Equal([Id(A, 1)], all.Report(B, [Of(B, 1, "x", 5)], false));

        // The first edge reports once more before it has closed it, because something else changed: it does not win it back, and is told again.
        Assert.Equal([Id(A, 1)], all.Report(A, [Of(A, 1, "x", 10), Of(A, 2, null, 11)], false));
        Assert.Empty(all.Report(B, [Of(B, 1, "x", 5)], true));
        Assert.Empty(all.Report(A, [Of(A, 2, null, 11)], false));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Report_AgainToANewActivation_TheTimeDecidesWhateverTheOrder(bool olderFirst)
    {
        var all = new UserConnections();
        var older = (Edge: A, Connections: ImmutableArray.Create(Of(A, 1, "x", 10)));
        var newer = (Edge: B, Connections: ImmutableArray.Create(Of(B, 1, "x", 20)));
        var (first, second) = olderFirst ? (older, newer) : (newer, older);
        Assert.Empty(all.Report(first.Edge, first.Connections, true));
        Assert.Equal([Id(A, 1)], all.Report(second.Edge, second.Connections, true));
    }

    [Fact]
    public void Report_OtherClientIdsOrNone_LiveBesideEachOther()
    {
        var all = new UserConnections();
        _ = all.Report(A, [Of(A, 1, "x", 10), Of(A, 2, null, 10)], false);
        Assert.Empty(all.Report(B, [Of(B, 1, "y", 20), Of(B, 2, null, 20)], false));
        Assert.Equal(4, all.Merge().Length);
    }

    private static ConnectionId Id(EdgeId edge, int number) => new(edge, $"{number}");

    private static ConnectionEntry Of(EdgeId edge, int number, string? clientId, int second) => new()
    {
        Id = Id(edge, number), User = "u", ClientId = clientId, ConnectedAt = DateTimeOffset.UnixEpoch.AddSeconds(second),
    };
}
