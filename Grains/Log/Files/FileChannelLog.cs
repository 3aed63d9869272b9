using Microsoft.Extensions.Logging;

namespace Notify.Grains.Log.Files;

/// <summary>
/// The durable log of one process: append-only segments in a folder. What waits is written together and is acknowledged after one flush to the disk.
/// </summary>
/// <remarks>
/// <code>
///   AppendAsync ──▶ queue ──▶ log's own thread: check heads ─▶ one write ─▶ one flush ─▶ index ─▶ all answered
///                                   └── between batches: sweep, move what lives out of dead segments, delete them
///   ReadAsync   ──▶ index (places of a channel's notifications) ──▶ segments, one read for what lies together
/// </code>
/// </remarks>
internal sealed class FileChannelLog : IDurableChannelLog
{
    private const long AppendLimitBytes = 256 << 20;

    private static readonly ChannelId Probe = new(ChannelKind.Topic, ChannelLogOptions.ReservedTenant, "probe");

    private readonly string _folder;
    private readonly ChannelLogOptions _options;
    private readonly DedupeLimits _dedupe;
    private readonly LogDisk _disk;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly AppendQueue _queue;
    private readonly FileLogReader _reader;
    private readonly SegmentWriter _writer;
    private readonly GroupCommit _commit;
    private FileStream? _lock;
    private FileLogLoop? _loop;
    private Task _running = Task.CompletedTask;
    private ITimer? _sweeps;
    private bool _isClosed;

    public FileChannelLog(ChannelLogOptions options, DedupeLimits dedupe, TimeProvider time, ILogger<FileChannelLog> logger, LogDisk? disk = null)
    {
        _folder = Path.GetFullPath(options.Path);
        _options = options;
        _dedupe = dedupe;
        _disk = disk ?? new LogDisk();
        _time = time;
        _logger = logger;
        Index = new(options, dedupe);
        _reader = new(Index);
        _queue = new(options.File.QueueLimitEntries, options.File.QueueLimitBytes);
        _writer = new(_folder, options.File, _disk, Index, time, logger);
        _commit = new(_writer, Index, time, logger);
    }

    /// <summary>What is held; for metrics and tests.</summary>
    public FileIndex Index { get; }

    /// <summary>Appends that wait for the disk.</summary>
    public int QueueEntries => _queue.Entries;

    /// <summary>Batches that reached the disk, each with one flush.</summary>
    public long CommitCount => _commit.CommitCount;

    /// <summary>Batches that failed.</summary>
    public long FailureCount => _commit.FailureCount;

    /// <inheritdoc/>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await Task.Yield(); // scanning takes time
        _lock = FolderLock.Take(_folder);
        try
        {
            var recovery = new FileRecovery(_folder, _disk, Index, _options, _dedupe, _time, _logger);
            recovery.Run(_writer, cancellationToken);
            _commit.StartEpochs(recovery.Affected);
            _writer.Open();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new LogNotOpenedException($"The channel log in '{_folder}' (Notify:Log:Path) cannot be opened: {failure.Message}", failure);
        }

        var loop = _loop = new(_queue, _commit, new(_writer, Index, _options.File, _time, _logger), Index, _options.File, _time, _logger);
        _running = Task.Factory.StartNew(loop.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _sweeps = _time.CreateTimer(_ => loop.RequestSweep(), null, _options.File.SweepPeriod, _options.File.SweepPeriod);
    }

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(
        ChannelId channel, Position expectedHead, IReadOnlyList<Notification> notifications, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var request = AppendRequest.Append(channel, expectedHead, notifications);
        if (request.Bytes > AppendLimitBytes) throw new ArgumentException($"One append has at most {AppendLimitBytes} bytes.", nameof(notifications));
        _queue.Add(request, cancellationToken);
        return new(request.Task);
    }

    /// <inheritdoc/>
    public ValueTask<ChannelPage> ReadAsync(ChannelId channel, ChannelRead request, CancellationToken cancellationToken) =>
        _reader.ReadAsync(channel, request, _time.GetUtcNow(), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ChannelLogState> LoadAsync(ChannelId channel, Position known, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var (head, _) = Index.View(channel, now);
        if (!_queue.IsIdle || Epochs.IsBehind(head, known))
        {
            // An append whose caller gave up may still be on its way: its outcome must be known first.
            var request = AppendRequest.Verify(channel, known);
            _queue.Add(request, cancellationToken);
            _ = await request.Task;
        }

        return await _reader.ReadRecentAsync(channel, now, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask ProbeAsync(CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var (head, _) = Index.View(Probe, now);
        _ = await AppendAsync(Probe, head, [new() { Time = now }], cancellationToken); // nobody else appends to it
    }

    /// <summary>Completes as soon as there is nothing to commit, to sweep or to free.</summary>
    public Task WhenIdleAsync() => _loop?.WhenIdleAsync() ?? Task.CompletedTask;

    /// <summary>Commits what waits and closes the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, true)) return;
        if (_sweeps is not null) await _sweeps.DisposeAsync();
        _queue.Close();
        await _running;
        _writer.Close(); // the room made ready goes back
        Index.Close();
        _queue.Dispose();
        if (_lock is not null) await _lock.DisposeAsync();
    }
}
