using Notify.Grains.Log;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Grains.Log;

/// <summary>What a store that outlives its process must do beside the rest.</summary>
public abstract class DurableChannelLogTests : ChannelLogTests, IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _opened = [];

    /// <summary>Opens the store as a new process would, on what the earlier ones of this test left.</summary>
    private protected abstract Task<IDurableChannelLog> OpenAsync();

    private protected override async Task<IChannelLog> CreateAsync() => await OpenTrackedAsync();

    [Fact]
    public async Task Open_AfterARestart_HasHeadsEntriesAndIds()
    {
        var channels = OddChannels;
        var heads = new Dictionary<ChannelId, Position>();
        var log = await OpenTrackedAsync();
        foreach (var channel in channels)
        {
            var start = (await log.LoadAsync(channel, default, Cancellation)).Head;
            heads[channel] = (await log.AppendAsync(channel, start, [Full("a"), Full("b")], Cancellation)).Head;
        }

        log = await RestartAsync(log);

        foreach (var channel in channels)
        {
            var state = await log.LoadAsync(channel, heads[channel], Cancellation);
            Assert.Equal(heads[channel], state.Head);
            Assert.Equal([("a", heads[channel].Plus(-1)), ("b", heads[channel])], state.Recent.Select(recent => (recent.Id, recent.Position)));
            var page = await log.ReadAsync(channel, new(default, 10, int.MaxValue), Cancellation);
            Assert.Equal(2, page.Entries.Length);
            AssertSame(Full("b"), page.Entries[1].Notification);
            Assert.Equal(heads[channel].Plus(1), (await AppendAsync(log, channel, state.Head, "c")).Head);
        }
    }

    [Fact]
    public async Task Open_AfterARestart_UnknownChannelsKeepTheirEpoch()
    {
        var log = await OpenTrackedAsync();
        var before = (await log.LoadAsync(Alice, default, Cancellation)).Head;
        Time.Advance(TimeSpan.FromMinutes(1));
        log = await RestartAsync(log);

        Assert.Equal(before, (await log.LoadAsync(Alice, before, Cancellation)).Head);
    }

    [Fact]
    public async Task Load_WhenTheCallerHasSeenMore_StartsALastingEpoch()
    {
        var log = await OpenTrackedAsync();
        var start = (await log.LoadAsync(Alice, default, Cancellation)).Head;
        var head = (await AppendAsync(log, Alice, start, "a", "b")).Head;

        var known = await log.LoadAsync(Alice, head.Plus(3), Cancellation);
        var unknown = await log.LoadAsync(Bob, start.Plus(7), Cancellation);
        log = await RestartAsync(log);

        Assert.True(known.Head.Epoch > head.Epoch, $"{known.Head} must be of a newer epoch than {head}.");
        Assert.Equal(2, known.Head.Offset);
        Assert.True(unknown.Head.Epoch > start.Epoch, $"{unknown.Head} must be of a newer epoch than {start}.");
        Assert.Equal(0, unknown.Head.Offset);
        Assert.Equal(known.Head, (await log.LoadAsync(Alice, default, Cancellation)).Head);
        Assert.Equal(unknown.Head, (await log.LoadAsync(Bob, default, Cancellation)).Head);
        Assert.False((await AppendAsync(log, Alice, head, "late")).IsAppended);
        Assert.Equal(known.Head.Plus(1), (await AppendAsync(log, Alice, known.Head, "c")).Head);
        var page = await log.ReadAsync(Alice, new(head, 10, 1_000), Cancellation);
        Assert.Equal((3, false), (page.Entries.Length, page.IsComplete));
    }

    [Fact]
    public async Task Append_InParallelOverManyChannels_KeepsEachInOrder()
    {
        const int Pushers = 16, Channels = 25, Rounds = 8;
        var log = await OpenTrackedAsync();
        await Task.WhenAll(Enumerable.Range(0, Pushers).Select(async pusher =>
        {
            var heads = new Position[Channels];
            for (int round = 0; round < Rounds; round++)
            {
                for (int i = 0; i < Channels; i++)
                {
                    var channel = ChannelOf(pusher, i);
                    if (round == 0) heads[i] = (await log.LoadAsync(channel, default, Cancellation)).Head;
                    var result = await AppendAsync(log, channel, heads[i], $"{round}a", $"{round}b");
                    Assert.Equal((true, heads[i].Plus(2)), (result.IsAppended, result.Head));
                    heads[i] = result.Head;
                }
            }
        }));

        log = await RestartAsync(log);
        var expected = Enumerable.Range(0, Rounds).SelectMany(round => new[] { $"{(2 * round) + 1} {round}a", $"{(2 * round) + 2} {round}b" }).ToArray();
        for (int pusher = 0; pusher < Pushers; pusher++)
        {
            for (int i = 0; i < Channels; i++) Assert.Equal(expected, await ReadAllAsync(log, ChannelOf(pusher, i), default));
        }

        static ChannelId ChannelOf(int pusher, int i) => new TopicId("", $"{pusher}/{i}").Channel;
    }

    [Fact]
    public async Task Append_WhenOthersConflict_IsNotTouchedByThem()
    {
        var log = await OpenTrackedAsync();
        var head = (await log.LoadAsync(Alice, default, Cancellation)).Head;
        _ = await AppendAsync(log, Alice, head, "first");
        var channels = Enumerable.Range(0, 50).Select(i => new UserId("", $"u{i}").Channel).ToArray();

        var conflicts = Enumerable.Range(0, 10).Select(_ => AppendAsync(log, Alice, head, "stale")).ToArray();
        var others = channels.Select(channel => AppendAsync(log, channel, head, "x")).ToArray();

        Assert.All(await Task.WhenAll(conflicts), result => Assert.Equal((false, head.Plus(1)), (result.IsAppended, result.Head)));
        Assert.All(await Task.WhenAll(others), result => Assert.True(result.IsAppended));
    }

    [Fact]
    public async Task Append_WhenTheCallerGivesUp_TheNextLoadKnowsTheOutcome()
    {
        var log = await OpenTrackedAsync();
        var head = (await log.LoadAsync(Alice, default, Cancellation)).Head;
        for (int i = 0; i < 50; i++)
        {
            using var giveUp = new CancellationTokenSource();
            var append = log.AppendAsync(Alice, head, [New($"{i}")], giveUp.Token).AsTask();
            await giveUp.CancelAsync();
            bool isAcknowledged = await append.ContinueWith(task => task.IsCompletedSuccessfully, TaskScheduler.Default);

            var state = await log.LoadAsync(Alice, head, Cancellation);
            if (isAcknowledged) Assert.Equal(head.Plus(1), state.Head);
            Assert.Equal(state.Head != head, state.Recent.Any(recent => recent.Id == $"{i}" && recent.Position == head.Plus(1)));
            var next = await AppendAsync(log, Alice, state.Head, $"after {i}");
            Assert.Equal((true, state.Head.Plus(1)), (next.IsAppended, next.Head));
            head = next.Head;
        }
    }

    [Fact]
    public async Task Close_WithAnAppendUnderWay_CommitsItAndEnds()
    {
        for (int i = 0; i < 20; i++)
        {
            var log = await OpenTrackedAsync();
            var head = (await log.LoadAsync(Alice, default, Cancellation)).Head;
            var append = AppendAsync(log, Alice, head, $"{i}");
            await log.DisposeAsync().AsTask().Within("the end of the log");

            Assert.Equal((true, head.Plus(1)), ((await append).IsAppended, (await append).Head));
        }
    }

    [Fact]
    public async Task Append_OfNothing_ComparesTheHead()
    {
        var log = await OpenTrackedAsync();
        var head = (await log.LoadAsync(Alice, default, Cancellation)).Head;

        Assert.Equal((true, head), await OutcomeAsync(head));
        Assert.Equal((false, head), await OutcomeAsync(head.Plus(1)));

        async Task<(bool, Position)> OutcomeAsync(Position expected)
        {
            var result = await log.AppendAsync(Alice, expected, [], Cancellation);
            return (result.IsAppended, result.Head);
        }
    }

    [Fact]
    public async Task Payloads_OfAllSizes_ComeBackAsTheyWere()
    {
        var log = await OpenTrackedAsync();
        var topic = new TopicId("t", "sizes").Channel;
        var random = new Random(7);
        var payloads = new[] { 0, 1, 23, 24, 25, 65_536, 1 << 20, (5 << 20) + 3 }.Select(size =>
        {
            byte[] payload = new byte[size];
            random.NextBytes(payload);
            return payload;
        }).ToArray();
        var head = (await log.LoadAsync(topic, default, Cancellation)).Head;
        foreach (var payload in payloads)
            head = (await log.AppendAsync(topic, head, [New($"{payload.Length}") with { Payload = payload, PayloadKind = PayloadKind.Binary }], Cancellation)).Head;

        log = await RestartAsync(log);
        var page = await log.ReadAsync(topic, new(default, 100, int.MaxValue), Cancellation);

        Assert.Equal(payloads.Length, page.Entries.Length);
        for (int i = 0; i < payloads.Length; i++) Assert.True(page.Entries[i].Notification.Payload.Span.SequenceEqual(payloads[i]), $"Payload {i} differs.");
    }

    [Fact]
    public async Task Recent_OutlivesRetention()
    {
        var log = await OpenTrackedAsync();
        var head = (await log.LoadAsync(Alice, default, Cancellation)).Head;
        for (int i = 0; i < 20; i++) head = (await AppendAsync(log, Alice, head, $"{i}")).Head;

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), (await log.LoadAsync(Alice, head, Cancellation)).Recent.Select(recent => recent.Id));
        log = await RestartAsync(log);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), (await log.LoadAsync(Alice, head, Cancellation)).Recent.Select(recent => recent.Id));
        Assert.Equal(5, (await ReadAllAsync(log, Alice, default)).Length);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var log in _opened) await log.DisposeAsync();
        await CleanUpAsync();
        GC.SuppressFinalize(this);
    }

    private protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    private protected async Task<IDurableChannelLog> OpenTrackedAsync()
    {
        var log = await OpenAsync();
        _opened.Add(log);
        return log;
    }

    private protected async Task<IDurableChannelLog> RestartAsync(IDurableChannelLog log)
    {
        await log.DisposeAsync();
        return await OpenTrackedAsync();
    }

    // Names as grain keys could not hold them, and as text columns could not.
    private static ChannelId[] OddChannels =>
    [
        new UserId("", "alice").Channel,
        new UserId("t", "alice").Channel,
        new UserId("t~a", "lice").Channel,
        new UserId("", "~t~alice").Channel,
        new TopicId("", "stocks/AAPL").Channel,
        new TopicId("", "Stocks/AAPL").Channel,
        new TopicId("", "a\0b").Channel,
        new TopicId("", "a'; drop table \"x\" -- {0} %s \\").Channel,
        new CompanyId("ТОВ", "株式会社 🏢").Channel,
        new CompanyId("", "e\u0301").Channel,
        new CompanyId("", "\u00e9").Channel,
        new EveryoneId("").Channel,
        new EveryoneId("t").Channel,
    ];

    private Notification Full(string id) => new()
    {
        Id = id,
        Event = "order.shipped \0 ✓",
        Payload = new byte[] { 0, 1, 255, 0 },
        PayloadKind = PayloadKind.Binary,
        Time = Time.GetUtcNow().AddTicks(7),
        ExpiresAt = Time.GetUtcNow().AddHours(3).ToOffset(TimeSpan.FromHours(2)),
        Component = "cart",
        ClientId = "tab 1",
    };

    private static void AssertSame(Notification expected, Notification actual)
    {
        Assert.Equal(expected.Payload.ToArray(), actual.Payload.ToArray());
        Assert.Equal(expected, actual with { Payload = expected.Payload });
    }
}
