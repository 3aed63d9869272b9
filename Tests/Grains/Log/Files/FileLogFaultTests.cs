using Notify.Grains.Log;
using Notify.Grains.Log.Files;
using Xunit;

namespace Notify.Tests.Grains.Log.Files;

/// <summary>A disk that is full or broken: errors to the pushers, never a wrong acknowledgement, and work again afterwards.</summary>
public sealed class FileLogFaultTests : IAsyncDisposable
{
    private static readonly ChannelId Alice = new UserId("", "alice").Channel;
    private static readonly ChannelId Bob = new UserId("", "bob").Channel;

    private readonly FileLogFixture _fixture = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(23)]
    [InlineData(60)]
    [InlineData(500)]
    public async Task Append_WhenTheDiskIsFull_ThrowsAndWorksAgainWithRoom(int roomBytes)
    {
        await _fixture.OpenAsync();
        var head = await _fixture.PushAsync(Alice, "a");
        _fixture.Disk.RoomBytes = roomBytes;

        await Assert.ThrowsAsync<IOException>(() => _fixture.PushAsync(Alice, "lost", 1_000));
        Assert.Equal(head, (await _fixture.Log.LoadAsync(Alice, head, CancellationToken.None)).Head);
        _fixture.Disk.RoomBytes = null;
        Assert.Equal(head.Plus(1), await _fixture.PushAsync(Alice, "b"));
        _ = await _fixture.PushAsync(Bob, "c");

        await AssertKeptAsync();
        await _fixture.OpenAsync();
        await AssertKeptAsync();
        Assert.Single(_fixture.SegmentFiles);
    }

    [Fact]
    public async Task Append_WhenNoNewSegmentCanBeMade_ThrowsAndWorksAgainWithRoom()
    {
        await _fixture.OpenAsync();
        for (int i = 0; i < 3; i++) _ = await _fixture.PushAsync(Alice, $"{i}", 5_000);
        _fixture.Disk.RoomBytes = 0;
        for (int i = 0; i < 3; i++) await Assert.ThrowsAsync<IOException>(() => _fixture.PushAsync(Alice, "lost", 5_000));
        _fixture.Disk.RoomBytes = 20; // the segment can be created, its header does not fit
        await Assert.ThrowsAsync<IOException>(() => _fixture.PushAsync(Alice, "lost", 5_000));
        _fixture.Disk.RoomBytes = null;
        _ = await _fixture.PushAsync(Alice, "3", 5_000);
        await _fixture.OpenAsync();

        Assert.Equal(["0", "1", "2", "3"], (await _fixture.ReadAsync(Alice)).Ids);
        Assert.Equal(2, _fixture.SegmentFiles.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Append_WhenTheFsyncFails_IsNotClaimedAndTheSegmentIsLeft(bool failTruncateToo)
    {
        await _fixture.OpenAsync();
        var head = await _fixture.PushAsync(Alice, "a");
        (_fixture.Disk.FailFlush, _fixture.Disk.FailTruncate) = (true, failTruncateToo);

        await Assert.ThrowsAsync<IOException>(() => _fixture.PushAsync(Alice, "suspect"));
        await Assert.ThrowsAsync<IOException>(() => _fixture.PushAsync(Alice, "suspect"));
        (_fixture.Disk.FailFlush, _fixture.Disk.FailTruncate) = (false, false);
        Assert.Equal(head, (await _fixture.Log.LoadAsync(Alice, head, CancellationToken.None)).Head);
        Assert.Equal(head.Plus(1), await _fixture.PushAsync(Alice, "b"));
        _ = await _fixture.PushAsync(Bob, "c");

        await AssertKeptAsync();
        await _fixture.OpenAsync();
        await AssertKeptAsync();
        Assert.Equal(head.Plus(1), (await _fixture.ReadAsync(Alice)).Head);
    }

    [Fact]
    public async Task Maintenance_WhenTheDiskIsFull_TriesAgainLater()
    {
        _fixture.Options.Users.CountLimit = 5;
        _fixture.Options.File.ReadyBytes = 0; // what a segment gives back would be room
        await _fixture.OpenAsync();
        _ = await _fixture.PushAsync(Bob, "kept");
        for (int i = 0; i < 100; i++) _ = await _fixture.PushAsync(Alice, $"{i}", 1_000);
        _fixture.Disk.RoomBytes = 0;
        _fixture.Time.Advance(TimeSpan.FromMinutes(11));
        await _fixture.SweepAsync();
        int before = _fixture.SegmentFiles.Length;
        _fixture.Disk.RoomBytes = null;
        await _fixture.SweepAsync();

        Assert.InRange(before, 5, 9);
        Assert.InRange(_fixture.SegmentFiles.Length, 1, 2);
        await _fixture.OpenAsync();
        Assert.Equal(["kept"], (await _fixture.ReadAsync(Bob)).Ids);
        Assert.Equal(["95", "96", "97", "98", "99"], (await _fixture.ReadAsync(Alice)).Ids);
    }

    [Fact]
    public async Task Open_WhenAnotherHoldsTheFolder_SaysSo()
    {
        await _fixture.OpenAsync();
        await using var second = new FileChannelLog(
            _fixture.Options, new(TimeSpan.FromMinutes(10), 1_000), _fixture.Time, new Platform.TestOutputLogger<FileChannelLog>());

        var refusal = await Assert.ThrowsAsync<LogNotOpenedException>(() => second.OpenAsync(CancellationToken.None));
        Assert.Contains("Notify:Log:Path", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Append_WhenTheQueueIsFull_ThrowsAtOnce()
    {
        _fixture.Options.File.QueueLimitEntries = 10;
        await _fixture.OpenAsync();
        var head = (await _fixture.Log.LoadAsync(Alice, default, CancellationToken.None)).Head;
        var one = new Notification[] { new() { Time = _fixture.Time.GetUtcNow() } };

        var appends = Enumerable.Range(0, 10_000).Select(_ => OutcomeAsync()).ToList();
        var outcomes = await Task.WhenAll(appends);

        Assert.Equal(1, outcomes.Count(outcome => outcome == true));
        Assert.Contains(null, outcomes);
        Assert.Equal(head.Plus(1), (await _fixture.Log.LoadAsync(Alice, head, CancellationToken.None)).Head);

        async Task<bool?> OutcomeAsync()
        {
            try
            {
                return (await _fixture.Log.AppendAsync(Alice, head, one, CancellationToken.None)).IsAppended;
            }
            catch (NotAcknowledgedException)
            {
                return null;
            }
        }
    }

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    private async Task AssertKeptAsync()
    {
        Assert.Equal(["a", "b"], (await _fixture.ReadAsync(Alice)).Ids);
        Assert.Equal(["c"], (await _fixture.ReadAsync(Bob)).Ids);
        Assert.True((await _fixture.ReadAsync(Alice)).IsComplete);
    }
}
