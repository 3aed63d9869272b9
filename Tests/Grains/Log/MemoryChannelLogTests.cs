using Notify.Grains.Log;
using Xunit;

namespace Notify.Tests.Grains.Log;

public sealed class MemoryChannelLogTests : ChannelLogTests
{
    private const int LimitBytes = 64 << 10;

    private protected override Task<IChannelLog> CreateAsync() => Task.FromResult<IChannelLog>(Create());

    [Fact]
    public async Task Append_WhenTheMemoryIsFull_DropsTheOldestOfAllChannels()
    {
        var log = Create();
        var topic = new TopicId("", "t").Channel;
        var alice = await AppendAsync(log, Alice, (await log.LoadAsync(Alice, default, Cancellation)).Head, "first");
        var head = (await log.LoadAsync(topic, default, Cancellation)).Head;
        for (int i = 0; i < 100; i++) head = (await log.AppendAsync(topic, head, [New($"{i}", 1_000)], Cancellation)).Head;

        Assert.InRange(log.Bytes, LimitBytes / 2, LimitBytes);
        Assert.Empty(await ReadAllAsync(log, Alice, default));
        Assert.Equal(alice.Head, (await log.LoadAsync(Alice, default, Cancellation)).Head);
        var page = await log.ReadAsync(topic, new(head with { Offset = 0 }, 1_000, int.MaxValue), Cancellation);
        Assert.False(page.IsComplete);
        Assert.Equal(100, page.Entries[^1].Position.Offset);
        Assert.Equal(101 - page.Entries.Length, log.EvictedCount);
    }

    [Fact]
    public async Task Append_WhenHeadsAloneFillTheMemory_ForgetsChannelsAndTheirEpochsGrow()
    {
        var log = Create();
        var before = (await AppendAsync(log, Alice, (await log.LoadAsync(Alice, default, Cancellation)).Head, "a")).Head;
        for (int i = 0; i < 1_000; i++)
        {
            var channel = new UserId("", $"u{i}").Channel;
            _ = await AppendAsync(log, channel, (await log.LoadAsync(channel, default, Cancellation)).Head, "x");
        }

        Assert.InRange(log.Bytes, 0, LimitBytes);
        Assert.InRange(log.ChannelCount, 50, 500);
        var after = (await log.LoadAsync(Alice, before, Cancellation)).Head;
        Assert.True(after.Epoch > before.Epoch, $"Epoch {after.Epoch} must be newer than {before.Epoch}.");
        Assert.Equal(0, after.Offset);
        Assert.False((await AppendAsync(log, Alice, before, "b")).IsAppended);
        Assert.False((await log.ReadAsync(Alice, new(before, 10, 10), Cancellation)).IsComplete);
    }

    [Fact]
    public async Task Append_WhenAnotherChannelsLossMovedTheEpoch_AFreshChannelIsNoConflict()
    {
        var log = Create();
        var head = (await log.LoadAsync(Bob, default, Cancellation)).Head;
        for (int i = 0; i < 1_000; i++)
        {
            var channel = new UserId("", $"u{i}").Channel;
            _ = await AppendAsync(log, channel, (await log.LoadAsync(channel, default, Cancellation)).Head, "x");
        }

        var appended = await AppendAsync(log, Bob, head, "a");

        Assert.True(appended.IsAppended);
        Assert.True(appended.Head.Epoch > head.Epoch);
    }

    [Fact]
    public async Task Append_UnderParallelLoad_StaysWithinItsBytesAndKeepsOrder()
    {
        var log = Create();
        await Parallel.ForAsync(0, 4, Cancellation, async (writer, token) =>
        {
            var channel = new TopicId("", $"t{writer}").Channel;
            var head = (await log.LoadAsync(channel, default, token)).Head;
            for (int i = 0; i < 2_000; i++)
            {
                var result = await log.AppendAsync(channel, head, [New($"{i}", i % 700)], token);
                Assert.True(result.IsAppended);
                head = result.Head;
                Assert.InRange(log.Bytes, 0, LimitBytes);
                var page = await log.ReadAsync(channel, new(head with { Offset = 0 }, 1_000, int.MaxValue), token);
                long expected = page.Head.Offset - page.Entries.Length;
                foreach (var entry in page.Entries) Assert.Equal(++expected, entry.Position.Offset);
            }
        });
    }

    [Fact]
    public async Task Append_WhenOtherChannelsAreOnlyOld_DropsThemToo()
    {
        var log = Create();
        _ = await AppendAsync(log, Alice, (await log.LoadAsync(Alice, default, Cancellation)).Head, "a");
        Time.Advance(TimeSpan.FromHours(2));
        _ = await AppendAsync(log, Bob, (await log.LoadAsync(Bob, default, Cancellation)).Head, "b");
        long bytes = log.Bytes;
        _ = await log.ReadAsync(Alice, new(default, 1, 1), Cancellation);

        Assert.Equal(bytes, log.Bytes);
        Assert.Equal(0, log.EvictedCount);
    }

    private MemoryChannelLog Create() => new(
        new() { MemoryLimitBytes = LimitBytes, Users = new() { CountLimit = 5, AgeLimit = TimeSpan.FromHours(1) } }, TimeSpan.FromMinutes(10), 1_000, Time);
}
