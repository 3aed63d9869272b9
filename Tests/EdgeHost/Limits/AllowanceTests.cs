using System.Net;
using Notify.EdgeHost.Limits;
using Xunit;

namespace Notify.Tests.EdgeHost.Limits;

public sealed class AllowanceTests
{
    private static readonly ScopeRates TwoASecond = new(new(2, 4), default);

    [Fact]
    public void Bucket_GivesTheBurstThenTheRate()
    {
        var allowance = new Allowance(TwoASecond, TimeSpan.Zero);
        Assert.Equal(4, Enumerable.Range(0, 10).Count(_ => allowance.TryTake(1, TwoASecond, TimeSpan.Zero)));
        Assert.Equal(0, Enumerable.Range(0, 10).Count(_ => allowance.TryTake(1, TwoASecond, TimeSpan.FromSeconds(0.49))));
        Assert.Equal(1, Enumerable.Range(0, 10).Count(_ => allowance.TryTake(1, TwoASecond, TimeSpan.FromSeconds(0.5))));
        Assert.Equal(4, Enumerable.Range(0, 10).Count(_ => allowance.TryTake(1, TwoASecond, TimeSpan.FromHours(1))));
    }

    [Fact]
    public void Bucket_OverALongTime_GivesTheRateExactly()
    {
        var allowance = new Allowance(TwoASecond, TimeSpan.Zero);
        int taken = Enumerable.Range(0, 100_000).Count(i => allowance.TryTake(1, TwoASecond, TimeSpan.FromMilliseconds(i)));
        Assert.InRange(taken, 4 + 199, 4 + 200);
    }

    [Fact]
    public void Bucket_WhoseClockGoesBack_GivesNothingMore()
    {
        var allowance = new Allowance(TwoASecond, TimeSpan.FromSeconds(10));
        Assert.Equal(4, Enumerable.Range(0, 10).Count(i => allowance.TryTake(1, TwoASecond, TimeSpan.FromSeconds(10 - i))));
    }

    [Fact]
    public void Bytes_LargerThanTheBurst_ComeThroughAlone()
    {
        var rates = new ScopeRates(default, new(100, 200));
        var allowance = new Allowance(rates, TimeSpan.Zero);
        Assert.True(allowance.TryTake(1000, rates, TimeSpan.Zero));
        Assert.False(allowance.TryTake(1, rates, TimeSpan.FromSeconds(8)));
        Assert.True(allowance.TryTake(1, rates, TimeSpan.FromSeconds(8.1)));
    }

    [Fact]
    public void Rate_OfZero_IsNoLimit()
    {
        var allowance = new Allowance(default, TimeSpan.Zero);
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.True(allowance.TryTake(int.MaxValue, default, TimeSpan.Zero)));
        var table = new AllowanceTable<int>(default, 1);
        Assert.All(Enumerable.Range(0, 1000), i => Assert.True(table.TryTake(i, int.MaxValue, TimeSpan.Zero)));
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void Table_RemembersWhatItMustAndForgetsTheRest()
    {
        var table = new AllowanceTable<int>(TwoASecond, 1000);
        Assert.Equal(4, Enumerable.Range(0, 10).Count(_ => table.TryTake(1, 1, TimeSpan.Zero)));
        Assert.Equal(2, Enumerable.Range(0, 10).Count(_ => table.TryTake(1, 1, TimeSpan.FromSeconds(1))));
        Assert.Equal(2, Enumerable.Range(0, 10).Count(_ => table.TryTake(1, 1, TimeSpan.FromSeconds(2)))); // a generation later: not forgotten
        Assert.True(table.TryTake(2, 1, TimeSpan.FromSeconds(60)));
        Assert.Equal(1, table.Count);
    }

    [Fact]
    public void Table_WhoeverComes_StaysBounded()
    {
        const int limit = 1000;
        var table = new AllowanceTable<int>(TwoASecond, limit);
        for (int i = 0; i < 50 * limit; i++)
        {
            _ = table.TryTake(i, 1, TimeSpan.Zero);
            Assert.True(table.Count <= 2 * limit);
        }
    }

    [Fact]
    public void Table_FloodedWithOthers_RemembersWhoGoesOn()
    {
        var table = new AllowanceTable<int>(TwoASecond, 100);
        int taken = 0;
        for (int i = 1; i < 10_000; i++)
        {
            _ = table.TryTake(i, 1, TimeSpan.Zero);
            taken += table.TryTake(0, 1, TimeSpan.Zero) ? 1 : 0;
        }

        Assert.Equal(4, taken);
    }

    [Theory]
    [InlineData("10.0.0.1", "::ffff:10.0.0.1", true)]
    [InlineData("10.0.0.1", "10.0.0.2", false)]
    [InlineData("2001:db8::1", "2001:db8::ffff:2", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    [InlineData("0.0.0.1", "::1", false)]
    public void Address_CountsWhoeverHasIt(string one, string other, bool isSame) =>
        Assert.Equal(isSame, ClientAddress.Of(IPAddress.Parse(one)) == ClientAddress.Of(IPAddress.Parse(other)));
}
