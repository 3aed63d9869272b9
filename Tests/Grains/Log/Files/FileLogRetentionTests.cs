using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Grains.Log.Files;

/// <summary>Old segments go, also when something in them is kept for long; limits over all channels hold.</summary>
public sealed class FileLogRetentionTests : IAsyncDisposable
{
    private static readonly ChannelId Alice = new UserId("", "alice").Channel;
    private static readonly ChannelId Topic = new TopicId("", "prices").Channel;

    private readonly FileLogFixture _fixture = new();

    [Fact]
    public async Task Segments_WhenOneChannelIsKeptLong_DoNotPileUp()
    {
        _fixture.Options.Topics.CountLimit = 10;
        await _fixture.OpenAsync();
        var kept = new List<string>();
        for (int i = 0; i < 1_000; i++)
        {
            if (i % 25 == 0)
            {
                kept.Add($"kept {i}");
                _ = await _fixture.PushAsync(Alice, $"kept {i}", 100);
            }

            _ = await _fixture.PushAsync(Topic, $"{i}", 1_000);
            _fixture.Time.Advance(TimeSpan.FromSeconds(10)); // out of the dedupe window after 60
        }

        await _fixture.SweepAsync();
        Assert.InRange(_fixture.SegmentFiles.Length, 1, 12); // of 70 that were written
        await _fixture.OpenAsync();
        var (ids, head, isComplete) = await _fixture.ReadAsync(Alice);
        Assert.Equal(kept, ids);
        Assert.Equal((kept.Count, true), (head.Offset, isComplete));
        Assert.Equal(Enumerable.Range(990, 10).Select(i => $"{i}"), (await _fixture.ReadAsync(Topic)).Ids);
    }

    [Fact]
    public async Task Segments_WhenAllIsOld_GoButHeadsStay()
    {
        await _fixture.OpenAsync();
        for (int i = 0; i < 200; i++) _ = await _fixture.PushAsync(i % 2 == 0 ? Alice : Topic, $"{i}", 1_000);
        var (_, alice, _) = await _fixture.ReadAsync(Alice);
        _fixture.Time.Advance(TimeSpan.FromDays(2));
        await _fixture.SweepAsync();

        Assert.InRange(_fixture.SegmentFiles.Length, 1, 2);
        Assert.Equal(0, _fixture.Log.Index.EntryCount);
        await _fixture.OpenAsync();
        var (ids, head, isComplete) = await _fixture.ReadAsync(Alice);
        Assert.Empty(ids);
        Assert.Equal((alice, false), (head, isComplete));
        Assert.Equal(alice.Plus(1), await _fixture.PushAsync(Alice, "next"));
    }

    [Fact]
    public async Task Segments_WhenTheByteLimitIsReached_TheOldestGo()
    {
        _fixture.Options.File.LimitBytes = 64 << 10;
        await _fixture.OpenAsync();
        var first = await _fixture.PushAsync(Alice, "oldest", 1_000);
        for (int i = 0; i < 300; i++)
        {
            _ = await _fixture.PushAsync(Topic, $"{i}", 1_000);
            Assert.InRange(_fixture.Log.Index.DiskBytes, 0, (64 + 32) << 10);
        }

        await _fixture.Log.WhenIdleAsync();
        await _fixture.OpenAsync();
        Assert.Empty((await _fixture.ReadAsync(Alice)).Ids);
        Assert.Equal(first, (await _fixture.ReadAsync(Alice)).Head);
        string[] kept = (await _fixture.ReadAsync(Topic)).Ids;
        Assert.InRange(kept.Length, 30, 64);
        Assert.Equal(Enumerable.Range(300 - kept.Length, kept.Length).Select(i => $"{i}"), kept);
    }

    [Fact]
    public async Task Index_WhenHeadsAloneFillIt_ForgetsChannelsWhoseEpochsThenGrow()
    {
        _fixture.Options.File.IndexLimitBytes = 64 << 10;
        await _fixture.OpenAsync();
        var before = await _fixture.PushAsync(Alice, "a");
        for (int i = 0; i < 1_000; i++) _ = await _fixture.PushAsync(new UserId("", $"u{i}").Channel, "x");
        await _fixture.Log.WhenIdleAsync();

        Assert.InRange(_fixture.Log.Index.IndexBytes, 0, 64 << 10);
        Assert.InRange(_fixture.Log.Index.ChannelCount, 50, 300);
        var after = (await _fixture.Log.LoadAsync(Alice, before, CancellationToken.None)).Head;
        Assert.True(after.Epoch > before.Epoch, $"{after} must be of a newer epoch than {before}.");
        Assert.Equal(0, after.Offset);
        Assert.Equal(after.Plus(1), await _fixture.PushAsync(Alice, "b"));
        _fixture.Options.File.IndexLimitBytes = 1 << 20; // some that were forgotten are still on the disk and come back: with them it would be too full
        await _fixture.OpenAsync();
        Assert.Equal(after.Plus(1), (await _fixture.ReadAsync(Alice)).Head);
        Assert.Equal(["b"], (await _fixture.ReadAsync(Alice)).Ids);
    }

    /// <summary>Appends, pauses, sweeps, lost history and restarts at random, beside a model that keeps everything.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(0)]
    public async Task RandomHistories_AreAsTheModelSays(int seed)
    {
        var random = new Random(seed == 0 ? TestSeed.Next() : seed);
        _fixture.Options.Users = new() { CountLimit = 7, AgeLimit = TimeSpan.FromHours(3) };
        _fixture.Options.File.SegmentBytes = 8 << 10;
        await _fixture.OpenAsync();
        var model = Enumerable.Range(0, 12).Select(i => new ModelChannel(new UserId(i % 2 == 0 ? "" : "t", $"u{i / 2}").Channel)).ToArray();
        for (int step = 0; step < 1_500; step++)
        {
            var channel = model[(int)Math.Sqrt(random.Next(model.Length * model.Length))];
            int action = random.Next(100);
            if (action < 85) channel.Add(await _fixture.PushAsync(channel.Id, $"{step}", random.Next(900)), $"{step}", _fixture.Time.GetUtcNow());
            else if (action < 93) _fixture.Time.Advance(TimeSpan.FromMinutes(random.Next(20)));
            else if (action < 96) await _fixture.SweepAsync();
            else if (action < 98) channel.Head = (await _fixture.Log.LoadAsync(channel.Id, channel.Head.Plus(1), CancellationToken.None)).Head;
            else await _fixture.OpenAsync();
            if (step % 50 == 0)
            {
                foreach (var each in model) await CheckAsync(each);
            }
        }
    }

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    private async Task CheckAsync(ModelChannel channel)
    {
        if (!channel.Head.IsKnown) return;
        var now = _fixture.Time.GetUtcNow();
        var (ids, head, _) = await _fixture.ReadAsync(channel.Id);
        Assert.Equal(channel.Head, head);
        Assert.Equal(channel.Entries.TakeLast(7).Where(entry => entry.Time >= now.AddHours(-3)).Select(entry => entry.Id), ids);
        var recent = (await _fixture.Log.LoadAsync(channel.Id, default, CancellationToken.None)).Recent;
        Assert.Equal(channel.Entries.Where(entry => entry.Time > now.AddMinutes(-10)).Select(entry => entry.Id), recent.Select(entry => entry.Id));
    }

    private sealed class ModelChannel(ChannelId id)
    {
        public ChannelId Id => id;

        public Position Head { get; set; }

        public List<(string Id, DateTimeOffset Time)> Entries { get; } = [];

        public void Add(Position head, string entry, DateTimeOffset time)
        {
            if (Head.IsKnown) Assert.Equal(Head.Plus(1), head);
            Head = head;
            Entries.Add((entry, time));
        }
    }
}
