using Notify.Protocol;
using Xunit;

namespace Notify.Tests.Protocol;

public sealed class CloseCodesTests
{
    [Theory]
    [InlineData(1000, ReconnectRule.Never)]
    [InlineData(1002, ReconnectRule.Never)]
    [InlineData(1006, ReconnectRule.Later)]
    [InlineData(1011, ReconnectRule.Later)]
    [InlineData(CloseCodes.Unauthorized, ReconnectRule.Never)]
    [InlineData(CloseCodes.Replaced, ReconnectRule.Never)]
    [InlineData(CloseCodes.Draining, ReconnectRule.Later)]
    [InlineData(CloseCodes.Slow, ReconnectRule.Now)]
    [InlineData(CloseCodes.LeaseLost, ReconnectRule.Now)]
    [InlineData(4299, ReconnectRule.Now)]
    public void RuleOf_FollowsTheHundred(int code, ReconnectRule rule) => Assert.Equal(rule, CloseCodes.RuleOf(code));
}
