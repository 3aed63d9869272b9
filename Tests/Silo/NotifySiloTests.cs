using Microsoft.Extensions.Options;
using Notify.Tests.Embedded;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Silo;

public sealed class NotifySiloTests
{
    [Theory]
    [InlineData("Notify:Channels:PayloadLimitBytes", "0")]
    [InlineData("Notify:Channels:ConnectionsLimitPerUser", "0")]
    [InlineData("Notify:Outboxes:LimitBytes", "1")]
    [InlineData("Notify:Leases:Lease", "00:00:00")]
    [InlineData("Notify:Log:MemoryLimitBytes", "1")]
    [InlineData("Notify:Log:Users:CountLimit", "0")]
    [InlineData("Notify:Log:Topics:AgeLimit", "00:00:00")]
    [InlineData("Notify:Streams:Provider", "")]
    public async Task Start_WhenASettingIsOutOfRange_IsRefused(string key, string value)
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () => await TestSilo.StartAsync((key, value)));
        Assert.Contains(Flatten(failure), inner => inner is OptionsValidationException);
    }

    [Fact]
    public async Task Start_WhenTheStreamProviderDoesNotExist_SaysSo()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () => await TestSilo.StartAsync(("Notify:Streams:Provider", "Elsewhere")));
        string expected = EngineHosts.AreEmbedded ? "must be 'edges' on the engine Embedded" : "names 'Elsewhere'";
        Assert.Contains(Flatten(failure), inner => inner.Message.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Settings_AreBound()
    {
        await using var silo = await TestSilo.StartAsync(("Notify:Channels:PayloadLimitBytes", "3"), ("Notify:Channels:ConnectionsLimitPerUser", "1"));
        await using var edge = await silo.StartEdgeAsync();
        var alice = new UserId("", "alice").Channel;

        await Assert.ThrowsAsync<ArgumentException>(() => silo.Grains.GetChannel(alice).Push(new() { Payload = new byte[4] }));
        _ = await silo.Grains.GetChannel(alice).Push(new() { Payload = new byte[3] });
        Assert.Equal([new ConnectionId(edge.Id, "c2")], (await edge.AttachAsync(alice, 2)).Refused);
    }

    [Fact]
    public async Task Stop_WhenEdgesAreRegistered_EndsWithinTheFlushLimit()
    {
        var silo = await TestSilo.StartAsync(("Notify:Outboxes:FlushLimit", "00:00:00.500"));
        await using var edge = await silo.StartEdgeAsync();
        _ = await edge.SubscribeAsync();
        _ = await edge.AttachAsync(new UserId("", "alice").Channel);
        edge.OnBatch = _ => new TaskCompletionSource().Task;
        _ = await silo.Grains.GetGrain<IUserGrain>("alice").Push(new());

        await silo.DisposeAsync().AsTask().Within("the silo's stop");
    }

    private static IEnumerable<Exception> Flatten(Exception failure)
    {
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            yield return inner;
            if (inner is AggregateException several)
            {
                foreach (var one in several.InnerExceptions.SelectMany(Flatten)) yield return one;
            }
        }
    }
}
