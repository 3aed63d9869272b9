using System.Collections.Concurrent;
using Xunit;

namespace Notify.Tests.Grains.Interfaces.Notifications;

public sealed class NotificationIdTests
{
    [Fact]
    public void NewId_IsAGuidOfVersion7OfNow()
    {
        long before = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        string id = Notification.NewId();
        long after = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Matches("^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$", id);
        Assert.InRange(Convert.ToInt64(id[..12], 16), before, after);
        Assert.Equal(7, Guid.ParseExact(id, "N").Version);
    }

    [Fact]
    public void NewId_OnManyThreads_IsNeverGivenTwice()
    {
        const int Ids = 100_000;
        var seen = new ConcurrentDictionary<string, bool>();
        Parallel.For(0, Ids, _ => Assert.True(seen.TryAdd(Notification.NewId(), true)));
        Assert.Equal(Ids, seen.Count);
    }
}
