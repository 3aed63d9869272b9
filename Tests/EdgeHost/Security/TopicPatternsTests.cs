using Notify.EdgeHost.Security;
using Xunit;

namespace Notify.Tests.EdgeHost.Security;

public sealed class TopicPatternsTests
{
    [Theory]
    [InlineData("stocks/*", "stocks/AAPL", true)]
    [InlineData("stocks/*", "stocks", false)]
    [InlineData("stocks/*", "stocks/", true)]
    [InlineData("stocks/*", "stocks/AAPL/news", false)]
    [InlineData("stocks/*", "Stocks/AAPL", false)]
    [InlineData("stocks/*", "stocksX/AAPL", false)]
    [InlineData("*/news", "a/news", true)]
    [InlineData("*/news", "a/b/news", false)]
    [InlineData("orders/**", "orders", true)]
    [InlineData("orders/**", "orders/7", true)]
    [InlineData("orders/**", "orders/7/lines/1", true)]
    [InlineData("orders/**", "ordersX", false)]
    [InlineData("**", "anything/at/all", true)]
    [InlineData("*", "one", true)]
    [InlineData("*", "one/two", false)]
    [InlineData("exact", "exact", true)]
    [InlineData("exact", "exact/more", false)]
    [InlineData("a.c", "abc", false)]
    public void Permit_FollowsTheParts(string pattern, string topic, bool isPermitted) => Assert.Equal(isPermitted, TopicPatterns.Read([pattern])!.Permit(topic));

    [Theory]
    [InlineData("")]
    [InlineData("a*")]
    [InlineData("**/a")]
    [InlineData("a/***")]
    [InlineData(" a")]
    public void Read_OfWhatIsNoPattern_Refuses(string pattern) => Assert.Null(TopicPatterns.Read(["good", pattern]));

    [Fact]
    public void Permit_OfNoPatterns_PermitsNothing() => Assert.False(TopicPatterns.Read([])!.Permit("a"));
}
