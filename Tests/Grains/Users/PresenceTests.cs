using Notify.Grains.Users;
using Xunit;

namespace Notify.Tests.Grains.Users;

public sealed class PresenceTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Update_FirstAndLastConnection_ChangeItAfterTheGrace()
    {
        var presence = new Presence(TimeSpan.FromSeconds(10));
        Assert.False(presence.Update(0, false, Start));
        Assert.True(presence.Update(1, false, Start));
        Assert.False(presence.Update(2, false, Start.AddSeconds(1)));
        Assert.False(presence.Update(0, false, Start.AddSeconds(2)));
        Assert.Equal((true, Start), (presence.IsOnline, presence.Since));
        Assert.Equal(TimeSpan.FromSeconds(4), presence.DueIn(Start.AddSeconds(8)));
        Assert.False(presence.Tick(Start.AddSeconds(11.9)));
        Assert.True(presence.Tick(Start.AddSeconds(12)));
        Assert.Equal((false, Start.AddSeconds(12)), (presence.IsOnline, presence.Since));
        Assert.Null(presence.DueIn(Start.AddSeconds(12)));
        Assert.False(presence.Tick(Start.AddSeconds(99)));
    }

    [Fact]
    public void Update_BackWithinTheGrace_ChangesNothing()
    {
        var presence = new Presence(TimeSpan.FromSeconds(10));
        _ = presence.Update(1, false, Start);
        _ = presence.Update(0, false, Start);
        Assert.False(presence.Update(1, false, Start.AddSeconds(9)));
        Assert.False(presence.Tick(Start.AddSeconds(20)));
        Assert.True(presence.IsOnline);
    }

    [Fact]
    public void Update_WithoutGrace_GoesOfflineAtOnce()
    {
        var presence = new Presence(TimeSpan.Zero);
        _ = presence.Update(1, false, Start);
        Assert.True(presence.Update(0, false, Start));
        Assert.False(presence.IsOnline);
    }

    [Fact]
    public void Update_ReportedAgainToANewActivation_IsNoNews()
    {
        var presence = new Presence(TimeSpan.Zero);
        Assert.False(presence.Update(1, isAgain: true, Start));
        Assert.Equal((true, null), (presence.IsOnline, presence.Since));
    }
}
