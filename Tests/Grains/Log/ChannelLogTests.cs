using Notify.Grains.Log;
using Notify.Tests.Time;
using Xunit;

namespace Notify.Tests.Grains.Log;

/// <summary>What every store of channel logs must do; derive from it for each.</summary>
public abstract class ChannelLogTests
{
    private protected static readonly ChannelId Alice = new UserId("", "alice").Channel;
    private protected static readonly ChannelId Bob = new UserId("", "bob").Channel;

    private protected ManualTimeProvider Time { get; } = new();

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>An empty store: users' channels keep 5 notifications for an hour, other kinds 1,000; ids count for 10 minutes, at most 1,000.</summary>
    private protected abstract Task<IChannelLog> CreateAsync();

    [Fact]
    public async Task Load_WhenNothingWasPushed_HasAHeadAtOffsetZero()
    {
        var log = await CreateAsync();
        var state = await log.LoadAsync(Alice, default, Cancellation);

        Assert.True(state.Head.IsKnown);
        Assert.InRange(state.Head.Epoch, 1, (1L << 53) - 1);
        Assert.Equal(0, state.Head.Offset);
        Assert.Empty(state.Recent);
        Assert.Equal(state.Head, (await log.LoadAsync(Alice, default, Cancellation)).Head);
    }

    [Fact]
    public async Task Append_WhenTheHeadIsExpected_MovesItByOneForEach()
    {
        var log = await CreateAsync();
        var head = (await log.LoadAsync(Alice, default, Cancellation)).Head;

        var first = await AppendAsync(log, Alice, head, "a", "b");
        var second = await AppendAsync(log, Alice, first.Head, "c");

        Assert.Equal((true, head.Plus(2)), (first.IsAppended, first.Head));
        Assert.Equal((true, head.Plus(3)), (second.IsAppended, second.Head));
        Assert.Equal(["1 a", "2 b", "3 c"], await ReadAllAsync(log, Alice, head));
    }

    [Fact]
    public async Task Append_WhenTheHeadIsAnother_IsAConflictAndAppendsNothing()
    {
        var log = await CreateAsync();
        var head = (await log.LoadAsync(Alice, default, Cancellation)).Head;
        var first = await AppendAsync(log, Alice, head, "a");

        var second = await AppendAsync(log, Alice, head, "b");
        var beyond = await AppendAsync(log, Alice, head.Plus(9), "b");

        Assert.Equal((false, first.Head), (second.IsAppended, second.Head));
        Assert.Equal((false, first.Head), (beyond.IsAppended, beyond.Head));
        Assert.Equal(["1 a"], await ReadAllAsync(log, Alice, head));
    }

    [Fact]
    public async Task Append_WhenSeveralTryAtOnce_OneWinsEachTime()
    {
        var log = await CreateAsync();
        var start = (await log.LoadAsync(Bob with { Kind = ChannelKind.Topic }, default, Cancellation)).Head;
        int appended = 0;
        await Parallel.ForAsync(0, 4, Cancellation, async (writer, token) =>
        {
            var head = start;
            for (int i = 0; i < 200; i++)
            {
                var result = await log.AppendAsync(Bob with { Kind = ChannelKind.Topic }, head, [New($"{writer}-{i}")], token);
                if (result.IsAppended) Interlocked.Increment(ref appended);
                head = result.Head;
            }
        });

        Assert.Equal(start.Plus(appended), (await log.LoadAsync(Bob with { Kind = ChannelKind.Topic }, default, Cancellation)).Head);
    }

    [Fact]
    public async Task Channels_WithEqualNames_AreApartByKindAndTenant()
    {
        var log = await CreateAsync();
        ChannelId[] channels = [Alice, Alice with { Tenant = "t" }, Alice with { Kind = ChannelKind.Topic }];
        foreach (var channel in channels)
        {
            var head = (await log.LoadAsync(channel, default, Cancellation)).Head;
            _ = await AppendAsync(log, channel, head, channel.ToString());
        }

        foreach (var channel in channels) Assert.Equal([$"1 {channel}"], await ReadAllAsync(log, channel, default));
    }

    [Fact]
    public async Task Read_WhenAfterTheHead_IsEmptyAndComplete()
    {
        var (log, head) = await CreateWithAsync("a", "b");
        var page = await log.ReadAsync(Alice, new(head, 10, 1_000), Cancellation);

        Assert.Empty(page.Entries);
        Assert.Equal((head, head, true), (page.CoveredTo, page.Head, page.IsComplete));
    }

    [Fact]
    public async Task Read_WhenTheCountLimitIsReached_CoversUpToTheLastEntry()
    {
        var (log, head) = await CreateWithAsync("a", "b", "c");
        var page = await log.ReadAsync(Alice, new(head with { Offset = 0 }, 2, 1_000), Cancellation);

        Assert.Equal(["a", "b"], page.Entries.Select(entry => entry.Notification.Id));
        Assert.Equal((head with { Offset = 2 }, head, true), (page.CoveredTo, page.Head, page.IsComplete));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(10, 1)]
    [InlineData(19, 1)]
    [InlineData(20, 2)]
    [InlineData(1_000, 3)]
    public async Task Read_WhenTheByteLimitIsReached_GivesAtLeastOne(int limitBytes, int expected)
    {
        var log = await CreateAsync();
        var head = (await log.LoadAsync(Alice, default, Cancellation)).Head;
        _ = await log.AppendAsync(Alice, head, [New("a", 10), New("b", 10), New("c", 10)], Cancellation);

        var page = await log.ReadAsync(Alice, new(head, 10, limitBytes), Cancellation);

        Assert.Equal((expected, head.Plus(expected)), (page.Entries.Length, page.CoveredTo));
    }

    [Fact]
    public async Task Read_WhenSomeHaveExpired_LeavesThemOutAndCoversThem()
    {
        var log = await CreateAsync();
        var head = (await log.LoadAsync(Alice, default, Cancellation)).Head;
        var soon = New("b") with { ExpiresAt = Time.GetUtcNow().AddSeconds(1) };
        _ = await log.AppendAsync(Alice, head, [New("a"), soon, New("c"), soon with { Id = "d" }], Cancellation);
        Time.Advance(TimeSpan.FromSeconds(1));

        var page = await log.ReadAsync(Alice, new(head, 10, 1_000), Cancellation);

        Assert.Equal(["a", "c"], page.Entries.Select(entry => entry.Notification.Id));
        Assert.Equal((head.Plus(4), true), (page.CoveredTo, page.IsComplete));
    }

    [Fact]
    public async Task Read_WhenThePositionIsOfAnotherEpochOrBeyondTheHead_StartsOverAndIsIncomplete()
    {
        var (log, head) = await CreateWithAsync("a", "b");
        foreach (var lost in new[] { new Position(head.Epoch - 1, 1), new Position(head.Epoch + 1, 1), head.Plus(1) })
        {
            var page = await log.ReadAsync(Alice, new(lost, 10, 1_000), Cancellation);
            Assert.Equal((2, head, false), (page.Entries.Length, page.CoveredTo, page.IsComplete));
        }
    }

    [Fact]
    public async Task Read_WhenThePositionIsUnknown_GivesAllThatIsKept()
    {
        var (log, head) = await CreateWithAsync("a", "b");
        var page = await log.ReadAsync(Alice, new(default, 10, 1_000), Cancellation);

        Assert.Equal((2, head, true), (page.Entries.Length, page.CoveredTo, page.IsComplete));
    }

    [Fact]
    public async Task Read_WhenRetentionByCountPruned_IsCompleteOnlyFromTheOldestKept()
    {
        var (log, head) = await CreateWithAsync("1", "2", "3", "4", "5", "6", "7");

        var pruned = await log.ReadAsync(Alice, new(head with { Offset = 1 }, 10, 1_000), Cancellation);
        var kept = await log.ReadAsync(Alice, new(head with { Offset = 2 }, 10, 1_000), Cancellation);

        Assert.Equal(["3", "4", "5", "6", "7"], pruned.Entries.Select(entry => entry.Notification.Id));
        Assert.Equal((false, true), (pruned.IsComplete, kept.IsComplete));
        Assert.Equal(5, kept.Entries.Length);
    }

    [Fact]
    public async Task Read_WhenRetentionByAgePruned_KeepsTheHead()
    {
        var (log, head) = await CreateWithAsync("a", "b");
        Time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromTicks(1));

        var page = await log.ReadAsync(Alice, new(head with { Offset = 1 }, 10, 1_000), Cancellation);

        Assert.Empty(page.Entries);
        Assert.Equal((head, head, false), (page.CoveredTo, page.Head, page.IsComplete));
        Assert.True((await log.ReadAsync(Alice, new(head, 10, 1_000), Cancellation)).IsComplete);
        Assert.Equal(head.Plus(1), (await AppendAsync(log, Alice, head, "c")).Head);
    }

    [Fact]
    public async Task Load_GivesTheIdsOfTheWindowWithTheirPositions()
    {
        var (log, head) = await CreateWithAsync("old");
        Time.Advance(TimeSpan.FromMinutes(10));
        _ = await AppendAsync(log, Alice, head, "new", "newer");

        var recent = (await log.LoadAsync(Alice, default, Cancellation)).Recent;

        Assert.Equal([new("new", head.Plus(1), Time.GetUtcNow()), new RecentId("newer", head.Plus(2), Time.GetUtcNow())], recent);
    }

    [Fact]
    public async Task Load_WhenTheCallerHasSeenNoMoreThanTheHead_KeepsTheEpoch()
    {
        var (log, head) = await CreateWithAsync("a");

        Assert.Equal(head, (await log.LoadAsync(Alice, head, Cancellation)).Head);
    }

    private protected Notification New(string id, int payloadBytes = 1) => new() { Id = id, Payload = new byte[payloadBytes], Time = Time.GetUtcNow() };

    private protected async Task<AppendResult> AppendAsync(IChannelLog log, ChannelId channel, Position head, params string[] ids) =>
        await log.AppendAsync(channel, head, [.. ids.Select(id => New(id))], Cancellation);

    private async Task<(IChannelLog Log, Position Head)> CreateWithAsync(params string[] ids)
    {
        var log = await CreateAsync();
        var head = (await log.LoadAsync(Alice, default, Cancellation)).Head;
        return (log, (await AppendAsync(log, Alice, head, ids)).Head);
    }

    private protected static async Task<string[]> ReadAllAsync(IChannelLog log, ChannelId channel, Position after)
    {
        var page = await log.ReadAsync(channel, new(after, 1_000, int.MaxValue), Cancellation);
        return [.. page.Entries.Select(entry => $"{entry.Position.Offset} {entry.Notification.Id}")];
    }
}
