using Notify.Grains.Log;
using Notify.Grains.Log.Files;
using Notify.Tests.Platform;
using Notify.Tests.Time;
using Xunit;

namespace Notify.Tests.Grains.Log.Files;

/// <summary>A file log in a folder of its own, opened again and again.</summary>
public sealed class FileLogFixture : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private FileChannelLog? _log;

    public ManualTimeProvider Time { get; } = new();

    internal FaultyDisk Disk { get; } = new();

    internal ChannelLogOptions Options { get; } = new() { File = new() { SegmentBytes = 16 << 10, ReadyBytes = 4 << 10 } };

    internal FileChannelLog Log => _log ?? throw new InvalidOperationException("The log was not opened.");

    public string Folder => _folder.Path;

    internal string[] SegmentFiles => [.. Directory.GetFiles(Folder, "*" + Segment.Extension).Order(StringComparer.Ordinal)];

    /// <summary>Opens it, after closing it.</summary>
    internal async Task<FileChannelLog> OpenAsync()
    {
        if (_log is not null) await _log.DisposeAsync();
        Options.Path = Folder;
        _log = new(Options, new(TimeSpan.FromMinutes(10), 1_000), Time, new TestOutputLogger<FileChannelLog>(), Disk);
        await _log.OpenAsync(TestContext.Current.CancellationToken);
        return _log;
    }

    public async Task CloseAsync()
    {
        if (_log is not null) await _log.DisposeAsync();
    }

    /// <summary>Appends behind the head, whatever it is.</summary>
    internal async Task<Position> PushAsync(ChannelId channel, string id, int payloadBytes = 1)
    {
        var head = (await Log.LoadAsync(channel, default, CancellationToken.None)).Head;
        var notification = new Notification { Id = id, Payload = new byte[payloadBytes], Time = Time.GetUtcNow() };
        var result = await Log.AppendAsync(channel, head, [notification], CancellationToken.None);
        Assert.True(result.IsAppended);
        return result.Head;
    }

    /// <summary>The ids that are kept, and whether that is all there ever was.</summary>
    internal async Task<(string[] Ids, Position Head, bool IsComplete)> ReadAsync(ChannelId channel)
    {
        var page = await Log.ReadAsync(channel, new(default, 1_000, int.MaxValue), CancellationToken.None);
        return ([.. page.Entries.Select(entry => entry.Notification.Id)], page.Head, page.IsComplete);
    }

    /// <summary>Lets the log look for what is old, and waits until it has done what there was to do.</summary>
    internal async Task SweepAsync()
    {
        Time.Advance(Options.File.SweepPeriod);
        await Log.WhenIdleAsync().Within("the log's maintenance");
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _folder.Dispose();
    }
}
