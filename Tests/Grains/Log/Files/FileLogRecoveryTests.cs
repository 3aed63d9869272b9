using System.Globalization;
using Notify.Grains.Log.Files;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Grains.Log.Files;

/// <summary>What a start makes of files that are not as the last process wrote them.</summary>
public sealed class FileLogRecoveryTests(ITestOutputHelper output) : IAsyncDisposable
{
    private const int Channels = 6;

    private readonly FileLogFixture _fixture = new();
    private readonly Dictionary<(ChannelId Channel, Position Position), string> _acknowledged = [];
    private Random _random = new(0);

    [Fact]
    public async Task Open_WhenTheLastWriteWasCutOff_KeepsAllBeforeIt()
    {
        await PrepareAsync();
        _random = new(TestSeed.Next());
        for (int round = 0; round < 40; round++)
        {
            await _fixture.OpenAsync(); // its files are as long as what is in them
            var before = await HeadsAsync();
            string file = _fixture.SegmentFiles[^1];
            long good = new FileInfo(file).Length;
            var victim = Channel(_random.Next(Channels));
            var head = before[victim];
            await _fixture.Log.AppendAsync(victim, head, [New("x", 300), New("y", 300)], CancellationToken.None);
            await _fixture.CloseAsync();
            string[] files = _fixture.SegmentFiles;
            long start = files[^1] == file ? good : SegmentHeader.Bytes;
            using (var stream = new FileStream(files[^1], FileMode.Open))
                stream.SetLength(start + _random.NextInt64(stream.Length - start));

            await _fixture.OpenAsync();

            Assert.Equal(before, await HeadsAsync());
            await AssertAcknowledgedAsync(mayBeOfLostEpoch: false);
            await PushSomeAsync(3);
        }
    }

    [Fact]
    public async Task Open_WhenRoomWasMadeButNothingWritten_CutsItOff()
    {
        await PrepareAsync();
        var before = await HeadsAsync();
        await _fixture.CloseAsync();
        using (var stream = new FileStream(_fixture.SegmentFiles[^1], FileMode.Open)) stream.SetLength(stream.Length + 9_999);
        await _fixture.OpenAsync();

        Assert.Equal(before, await HeadsAsync());
        await AssertAcknowledgedAsync(mayBeOfLostEpoch: false);
    }

    [Fact]
    public async Task Open_WhenOnlyTheBeginningOfAnAppendIsThere_NoneOfItCounts()
    {
        await _fixture.OpenAsync();
        var head = await _fixture.PushAsync(Channel(0), "a");
        await _fixture.OpenAsync(); // without room that is ready
        long one = new FileInfo(_fixture.SegmentFiles[0]).Length;
        await _fixture.Log.AppendAsync(Channel(0), head, [New("b", 100), New("c", 100), New("d", 100)], CancellationToken.None);
        await _fixture.CloseAsync();
        using (var stream = new FileStream(_fixture.SegmentFiles[0], FileMode.Open)) stream.SetLength(one + ((stream.Length - one) * 5 / 6));
        await _fixture.OpenAsync();

        Assert.Equal(head, (await _fixture.ReadAsync(Channel(0))).Head);
        Assert.Equal(["a"], (await _fixture.ReadAsync(Channel(0))).Ids);
        Assert.Equal(one, new FileInfo(_fixture.SegmentFiles[0]).Length);
    }

    [Fact]
    public Task Open_WhenBytesWereChanged_NothingIsMissingUntold() => ChangeBytesAsync(TestSeed.Next());

    /// <summary>By hand: so many seeds as NOTIFY_SEEDS says.</summary>
    [Fact(Explicit = true)]
    public async Task Open_WhenBytesWereChanged_ForManySeeds()
    {
        int first = TestSeed.Next();
        int count = int.Parse(Environment.GetEnvironmentVariable("NOTIFY_SEEDS") ?? "100", CultureInfo.InvariantCulture);
        for (int seed = first; seed < first + count; seed++)
        {
            await using var tests = new FileLogRecoveryTests(output);
            try
            {
                await tests.ChangeBytesAsync(seed);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed} fails.", failure);
            }
        }
    }

    private async Task ChangeBytesAsync(int seed)
    {
        _random = new(seed);
        await PrepareAsync();
        for (int round = 0; round < 60; round++)
        {
            await _fixture.CloseAsync();
            _fixture.Time.Advance(TimeSpan.FromMilliseconds(1)); // between two starts; by the clock an epoch that was lost is not given again
            string[] files = _fixture.SegmentFiles;
            string file = files[_random.Next(files.Length)];
            await using (var stream = new FileStream(file, FileMode.Open))
            {
                long at = round % 4 == 0 ? Math.Max(0, stream.Length - 1 - _random.Next(200)) : _random.NextInt64(stream.Length);
                stream.Position = at;
                byte[] bytes = new byte[_random.Next(1, 40)];
                _random.NextBytes(bytes);
                stream.Write(bytes.AsSpan(0, (int)Math.Min(bytes.Length, stream.Length - at)));
                output.WriteLine($"round {round}: {Path.GetFileName(file)} at {at}");
            }

            await _fixture.OpenAsync();
            await AssertAcknowledgedAsync(mayBeOfLostEpoch: true);
            await PushSomeAsync(4);
            await AssertAcknowledgedAsync(mayBeOfLostEpoch: true);
        }
    }

    [Fact]
    public async Task Open_WhenAnOldPlaceWasChangedAndANewerSegmentCannotBeRead_BothAreTold()
    {
        await _fixture.OpenAsync();
        _ = await _fixture.PushAsync(Channel(1), "a segment of its own", 9_000);
        var position = await _fixture.PushAsync(Channel(0), "first", 9_000);
        _ = await _fixture.PushAsync(Channel(0), "lost with its segment", 9_000);
        _ = await _fixture.PushAsync(Channel(1), "last", 9_000);
        await _fixture.CloseAsync();
        string[] files = _fixture.SegmentFiles;
        Assert.True(files.Length >= 4, $"{files.Length} segments");
        await ChangeAsync(files[0], 5_000); // in a record
        await ChangeAsync(files[2], 20); // in the segment's own header
        await _fixture.OpenAsync();

        var page = await _fixture.Log.ReadAsync(Channel(0), new(position, 10, int.MaxValue), CancellationToken.None);
        Assert.False(page.IsComplete);
    }

    [Fact]
    public async Task Open_WhenAMovedHeadWasChanged_WhatMovedWithItIsThereAndItsOffsetIsNotGivenAgain()
    {
        var topic = new TopicId("", "prices").Channel;
        _fixture.Options.Topics.CountLimit = 1;
        await _fixture.OpenAsync();
        _ = await _fixture.PushAsync(Channel(0), "a", 15_000);
        var head = await _fixture.PushAsync(Channel(0), "b", 3_000); // with what follows in a segment that dies soon
        _ = await _fixture.PushAsync(topic, "1", 12_000);
        _ = await _fixture.PushAsync(topic, "2", 12_000);
        _fixture.Time.Advance(TimeSpan.FromMinutes(11)); // out of the dedupe window
        await _fixture.SweepAsync();
        await _fixture.CloseAsync();
        string file = _fixture.SegmentFiles[^1];
        await ChangeAsync(file, LastHeadIn(file) + RecordHeader.Bytes);
        await _fixture.OpenAsync();

        var (ids, found, _) = await _fixture.ReadAsync(Channel(0));
        Assert.Equal(["a", "b"], ids);
        Assert.Equal(head.Offset, found.Offset);
        Assert.True(found.Epoch > head.Epoch);
    }

    [Fact]
    public async Task Open_AfterAPowerLoss_HasAllThatWasAcknowledgedOrTells()
    {
        _random = new(TestSeed.Next());
        await PrepareAsync();
        for (int round = 0; round < 40; round++)
        {
            await PushSomeAsync(_random.Next(4));
            var channel = Channel(_random.Next(Channels));
            var head = (await _fixture.Log.LoadAsync(channel, default, CancellationToken.None)).Head;
            _fixture.Disk.PowerLoss = _random;
            await Assert.ThrowsAsync<IOException>(
                () => _fixture.Log.AppendAsync(channel, head, [New("lost", 700), New("too", 700)], CancellationToken.None).AsTask());
            await _fixture.CloseAsync();
            _fixture.Disk.Restore();

            await _fixture.OpenAsync();
            await AssertAcknowledgedAsync(mayBeOfLostEpoch: true);
        }
    }

    [Fact]
    public async Task Open_WhenDamageWasDealtWith_TheNextStartFindsNone()
    {
        await PrepareAsync();
        await _fixture.CloseAsync();
        using (var stream = new FileStream(_fixture.SegmentFiles[1], FileMode.Open))
        {
            stream.Position = 3_000;
            stream.Write(new byte[64]);
        }

        await _fixture.OpenAsync();
        await _fixture.Log.WhenIdleAsync();
        var heads = await HeadsAsync();
        var unknown = (await _fixture.Log.LoadAsync(new UserId("", "nobody").Channel, default, CancellationToken.None)).Head;
        await _fixture.OpenAsync();

        Assert.Equal(heads, await HeadsAsync());
        Assert.Equal(unknown, (await _fixture.Log.LoadAsync(new UserId("", "nobody").Channel, default, CancellationToken.None)).Head);
    }

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    private static int LastHeadIn(string file)
    {
        var bytes = File.ReadAllBytes(file).AsSpan();
        for (int end = bytes.Length; bytes[..end].LastIndexOf(RecordHeader.Marker) is >= 0 and int at; end = at)
        {
            if (bytes[at + RecordHeader.Bytes] == (byte)RecordKind.Head) return at;
        }

        throw new InvalidOperationException("No head was moved.");
    }

    private static async Task ChangeAsync(string file, int at)
    {
        await using var stream = new FileStream(file, FileMode.Open) { Position = at };
        stream.Write("changed"u8);
    }

    private static ChannelId Channel(int i) => new UserId("", $"user {i}").Channel;

    private Notification New(string id, int payloadBytes) => new() { Id = id, Payload = new byte[payloadBytes], Time = _fixture.Time.GetUtcNow() };

    // Several segments, several channels, appends of different lengths.
    private async Task PrepareAsync()
    {
        await _fixture.OpenAsync();
        await PushSomeAsync(60);
    }

    private async Task PushSomeAsync(int appends)
    {
        for (int i = 0; i < appends; i++)
        {
            var channel = Channel(_random.Next(Channels));
            var head = (await _fixture.Log.LoadAsync(channel, default, CancellationToken.None)).Head;
            var notifications = Enumerable.Range(0, _random.Next(1, 4)).Select(_ => New(Notification.NewId(), _random.Next(1_500))).ToArray();
            var result = await _fixture.Log.AppendAsync(channel, head, notifications, CancellationToken.None);
            Assert.True(result.IsAppended);
            foreach (var notification in notifications) _acknowledged.Add((channel, head = head.Plus(1)), notification.Id);
        }
    }

    private async Task<Dictionary<ChannelId, Position>> HeadsAsync()
    {
        var heads = new Dictionary<ChannelId, Position>();
        for (int i = 0; i < Channels; i++)
            heads.Add(Channel(i), (await _fixture.Log.LoadAsync(Channel(i), default, CancellationToken.None)).Head);
        return heads;
    }

    /// <summary>Every reader that asks for what follows a position gets exactly what was acknowledged there, or is told that it does not.</summary>
    private async Task AssertAcknowledgedAsync(bool mayBeOfLostEpoch)
    {
        foreach (var group in _acknowledged.GroupBy(entry => (entry.Key.Channel, entry.Key.Position.Epoch)))
        {
            var start = new Position(group.Key.Epoch, group.Min(entry => entry.Key.Position.Offset) - 1);
            for (long offset = start.Offset; offset < group.Max(entry => entry.Key.Position.Offset); offset++)
            {
                var after = start with { Offset = offset };
                var page = await _fixture.Log.ReadAsync(group.Key.Channel, new(after, 1_000, int.MaxValue), CancellationToken.None);
                if (!page.IsComplete)
                {
                    Assert.True(mayBeOfLostEpoch, $"{group.Key.Channel} after {after} is incomplete.");
                    continue;
                }

                var expected = group.Where(entry => entry.Key.Position.Offset > offset).OrderBy(entry => entry.Key.Position.Offset).Select(entry => entry.Value);
                Assert.Equal(expected, page.Entries.Select(entry => entry.Notification.Id).Where(id => id is not ("lost" or "too")));
            }
        }
    }
}
