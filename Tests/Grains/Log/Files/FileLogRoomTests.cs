using Notify.Grains.Log.Files;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Grains.Log.Files;

/// <summary>The room that is ready behind what is committed: used without the file growing, no obstacle to a start, given back.</summary>
public sealed class FileLogRoomTests(ITestOutputHelper output) : IAsyncDisposable
{
    private static readonly ChannelId Alice = new UserId("", "alice").Channel;
    private static readonly ChannelId Bob = new UserId("", "bob").Channel;

    private readonly FileLogFixture _fixture = new();
    private readonly FileLogFixture _killed = new();

    [Fact]
    public async Task Append_WithRoomReady_LeavesTheFileAsLongAsItIs()
    {
        await _fixture.OpenAsync();
        _ = await _fixture.PushAsync(Alice, "a");
        long length = new FileInfo(_fixture.SegmentFiles[0]).Length;
        int flushes = _fixture.Disk.FlushCount;
        for (int i = 0; i < 10; i++) _ = await _fixture.PushAsync(Alice, $"{i}", 100);

        Assert.Equal(SegmentHeader.Bytes + _fixture.Options.File.ReadyBytes, length);
        Assert.Equal(length, new FileInfo(_fixture.SegmentFiles[0]).Length);
        Assert.Equal(flushes + 10, _fixture.Disk.FlushCount);
        await _fixture.CloseAsync();
        Assert.InRange(new FileInfo(_fixture.SegmentFiles[0]).Length, 1_000, length - 1);
    }

    [Fact]
    public async Task Append_WithoutRoomToSpare_GrowsTheFileByWhatItNeeds()
    {
        await _fixture.OpenAsync();
        _fixture.Disk.RoomBytes = _fixture.Options.File.ReadyBytes - 1;
        for (int i = 0; i < 5; i++) _ = await _fixture.PushAsync(Alice, $"{i}", 500);
        await _fixture.OpenAsync();

        Assert.Equal(["0", "1", "2", "3", "4"], (await _fixture.ReadAsync(Alice)).Ids);
    }

    [Fact]
    public async Task Append_WithoutReadyBytes_GrowsTheFileByWhatItNeeds()
    {
        _fixture.Options.File.ReadyBytes = 0;
        await _fixture.OpenAsync();
        _ = await _fixture.PushAsync(Alice, "a");

        Assert.InRange(new FileInfo(_fixture.SegmentFiles[0]).Length, 1, 500);
    }

    /// <summary>kill -9: the kernel has written all that the process had written, and of the write that was under way the first pages.</summary>
    [Fact]
    public async Task Open_WhenAWriteIntoTheRoomWasCutOff_KeepsAllBeforeItInItsEpoch()
    {
        var random = new Random(TestSeed.Next());
        await _fixture.OpenAsync();
        var ids = new List<string>();
        for (int round = 0; round < 60; round++)
        {
            string id = $"{round}";
            ids.Add(id);
            var bob = await _fixture.PushAsync(Bob, id, random.Next(900));
            string file = _fixture.SegmentFiles[^1];
            byte[] before = ReadAll(file);
            var head = (await _fixture.Log.LoadAsync(Alice, default, CancellationToken.None)).Head;
            _ = await _fixture.Log.AppendAsync(Alice, head, [New("x", random.Next(900)), New("y", random.Next(900))], CancellationToken.None);
            byte[] after = ReadAll(file);
            int first = before.AsSpan().CommonPrefixLength(after);
            if (_fixture.SegmentFiles[^1] != file || first == before.Length) continue; // it went into the next segment, or the room was used up
            int end = Math.Min(before.Length, after.Length);
            while (end > first && before[end - 1] == after[end - 1]) end--;
            int cut = (first + random.Next(end - first)) / SpareRoom.SectorBytes * SpareRoom.SectorBytes;
            if (cut > first) after.AsSpan(first, cut - first).CopyTo(before.AsSpan(first));
            output.WriteLine($"round {round}: {Path.GetFileName(file)}, {Math.Max(0, cut - first)} of {end - first} bytes written");
            await KillWithAsync(before, file);
            var (found, foundHead, isComplete) = await _killed.ReadAsync(Bob);
            Assert.Equal(ids, found);
            Assert.Equal((bob, true), (foundHead, isComplete));
            Assert.Equal(head, (await _killed.ReadAsync(Alice)).Head);
            Assert.Equal(head.Plus(1), await _killed.PushAsync(Alice, "next"));
        }
    }

    /// <summary>The write was cut off where a sector of the disk begins, and of a record, or of its header, no more than these bytes are missing.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(1, true)]
    [InlineData(3, true)]
    public async Task Open_WhenOnlyAFewBytesOfARecordWereNotWritten_KeepsAllBeforeItInItsEpoch(int missing, bool ofTheHeader)
    {
        await _fixture.OpenAsync();
        var bob = await _fixture.PushAsync(Bob, "kept");
        _ = await _fixture.PushAsync(Alice, "probe", 300);
        string file = _fixture.SegmentFiles[^1];
        byte[] before = ReadAll(file);
        var (at, length) = LastRecord(before);
        int filled = (at + length + (ofTheHeader ? RecordHeader.Bytes : length) - missing) % SpareRoom.SectorBytes;
        // What "fill" needs to be so long that the record behind it ends, or its header does, so many bytes behind a sector's beginning.
        int fill = (2 * SpareRoom.SectorBytes - filled - (length - 300)) % SpareRoom.SectorBytes + SpareRoom.SectorBytes;
        _ = await _fixture.PushAsync(Alice, "fills", fill);
        before = ReadAll(file);
        var head = (await _fixture.Log.LoadAsync(Alice, default, CancellationToken.None)).Head;
        var pushed = await _fixture.PushAsync(Alice, "probe", 300);
        byte[] after = ReadAll(file);
        (at, length) = LastRecord(after);
        int cut = at + (ofTheHeader ? RecordHeader.Bytes : length) - missing;
        Assert.Equal((before.Length, 0), (after.Length, cut % SpareRoom.SectorBytes));
        bool isWhole = before.AsSpan(cut).SequenceEqual(after.AsSpan(cut)); // the room there was what the record has, one time in 256 bytes
        before.AsSpan(cut).CopyTo(after.AsSpan(cut));
        await KillWithAsync(after, file);

        var (ids, found, isComplete) = await _killed.ReadAsync(Bob);
        Assert.Equal(["kept"], ids);
        Assert.Equal((bob, true), (found, isComplete));
        Assert.Equal(isWhole ? pushed : head, (await _killed.ReadAsync(Alice)).Head);
    }

    /// <summary>The power fails: of the last write some sectors are there and an earlier one is not.</summary>
    [Fact]
    public async Task Open_WhenTheBeginningOfTheLastWriteIsMissing_NobodyIsToldOfALoss()
    {
        await _fixture.OpenAsync();
        var bob = await _fixture.PushAsync(Bob, "kept");
        string file = _fixture.SegmentFiles[^1];
        byte[] before = ReadAll(file);
        var head = (await _fixture.Log.LoadAsync(Alice, default, CancellationToken.None)).Head;
        _ = await _fixture.Log.AppendAsync(Alice, head, [New("x", 700), New("y", 700)], CancellationToken.None);
        byte[] after = ReadAll(file);
        before.AsSpan(0, SpareRoom.SectorBytes).CopyTo(after);
        await KillWithAsync(after, file);

        var (ids, found, isComplete) = await _killed.ReadAsync(Bob);
        Assert.Equal(["kept"], ids);
        Assert.Equal((bob, true), (found, isComplete));
        Assert.Equal(head, (await _killed.ReadAsync(Alice)).Head);
    }

    /// <summary>What was acknowledged and is damaged is told of, also when room follows it.</summary>
    [Fact]
    public async Task Open_WhenTheLastRecordBeforeTheRoomWasChanged_TellsItsReaders()
    {
        var random = new Random(TestSeed.Next());
        await _fixture.OpenAsync();
        _ = await _fixture.PushAsync(Bob, "before");
        string file = _fixture.SegmentFiles[^1];
        byte[] before = ReadAll(file);
        var lost = await _fixture.PushAsync(Bob, "lost", 300); // its payload ends in zeros
        byte[] bytes = ReadAll(file);
        int first = before.AsSpan().CommonPrefixLength(bytes);
        int at = first + random.Next(RecordHeader.Bytes + 60);
        bytes[at] ^= (byte)random.Next(1, 256);
        output.WriteLine($"changed: {at - first} of the record");
        await KillWithAsync(bytes, file);

        Assert.True((await _killed.ReadAsync(Bob)).Head.Epoch > lost.Epoch, "a new epoch");
    }

    public async ValueTask DisposeAsync()
    {
        await _fixture.DisposeAsync();
        await _killed.DisposeAsync();
    }

    private static byte[] ReadAll(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static (int At, int Length) LastRecord(byte[] file)
    {
        int at = file.AsSpan().LastIndexOf(RecordHeader.Marker);
        return (at, RecordHeader.Bytes + BitConverter.ToInt32(file, at + 4));
    }

    // The files as they are now, but one of them with these bytes.
    private async Task KillWithAsync(byte[] bytes, string of)
    {
        await _killed.CloseAsync();
        foreach (string file in _killed.SegmentFiles) File.Delete(file);
        foreach (string file in _fixture.SegmentFiles)
            await File.WriteAllBytesAsync(Path.Combine(_killed.Folder, Path.GetFileName(file)), file == of ? bytes : ReadAll(file));
        await _killed.OpenAsync();
    }

    private Notification New(string id, int payloadBytes) => new() { Id = id, Payload = new byte[payloadBytes], Time = _fixture.Time.GetUtcNow() };
}
