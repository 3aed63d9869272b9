using Notify.Grains.Log;
using Npgsql;

namespace Notify.Silo.Log.Postgres;

/// <summary>
/// The durable log of a cluster: a PostgreSQL database that all silos share. What waits in a silo is committed as one transaction in one
/// round trip; heads are compared and moved under row locks, so that of two activations one appends.
/// </summary>
internal sealed class PostgresChannelLog(
    ChannelLogOptions options, PostgresLogOptions limits, DedupeLimits dedupe, TimeProvider time, ILogger<PostgresChannelLog> logger) : IDurableChannelLog
{
    private readonly AppendQueue _queue = new(limits.QueueLimitEntries, limits.QueueLimitBytes);
    private NpgsqlDataSource? _source;
    private NpgsqlDataSource? _appends;
    private PostgresReader? _reader;
    private PostgresLoader? _loader;
    private PostgresWriter? _writer;
    private PostgresUpkeep? _upkeep;
    private Task _writing = Task.CompletedTask;
    private long _baseEpoch;
    private bool _isClosed;

    /// <summary>Appends that wait for the server.</summary>
    public int QueueEntries => _queue.Entries;

    /// <summary>Transactions that were committed.</summary>
    public long CommitCount => _writer?.CommitCount ?? 0;

    /// <summary>Transactions that failed, or whose outcome is unknown.</summary>
    public long FailureCount => _writer?.FailureCount ?? 0;

    /// <inheritdoc/>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        _source = PostgresConnections.Create(options.ConnectionString, limits);
        _appends = PostgresConnections.CreateForAppends(options.ConnectionString, limits);
        var partitions = new PostgresPartitions(_source, options, dedupe.Window, logger);
        _baseEpoch = await PostgresStart.RunAsync(_source, limits, partitions, time, logger, cancellationToken);
        _reader = new(_source, options, dedupe);
        _loader = new(_source, _reader, _baseEpoch, time);
        _writer = new(_appends, _queue, limits, partitions, _baseEpoch, time, logger);
        _upkeep = new(partitions, limits, time, logger);
        _writing = _writer.RunAsync();
        _upkeep.Start();
    }

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(
        ChannelId channel, Position expectedHead, IReadOnlyList<Notification> notifications, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var request = AppendRequest.Append(channel, expectedHead, notifications);
        _queue.Add(request, cancellationToken);
        return new(request.Task);
    }

    /// <inheritdoc/>
    public ValueTask<ChannelPage> ReadAsync(ChannelId channel, ChannelRead request, CancellationToken cancellationToken) =>
        Opened(_reader).ReadAsync(channel, request, _baseEpoch, time.GetUtcNow(), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ChannelLogState> LoadAsync(ChannelId channel, Position known, CancellationToken cancellationToken)
    {
        if (!_queue.IsIdle)
        {
            // An append whose caller gave up may still be on its way here; one on its way from another silo is waited for by its row.
            var request = AppendRequest.Verify(channel, known);
            _queue.Add(request, cancellationToken);
            _ = await request.Task;
        }

        return await Opened(_loader).LoadAsync(channel, known, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask ProbeAsync(CancellationToken cancellationToken)
    {
        await using var write = Opened(_source).CreateCommand("INSERT INTO probe (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET at = now()");
        _ = await write.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Commits what waits, ends the upkeep, closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, true)) return;
        if (_upkeep is not null) await _upkeep.DisposeAsync();
        _queue.Close();
        await _writing;
        _queue.Dispose();
        if (_appends is not null) await _appends.DisposeAsync();
        if (_source is not null) await _source.DisposeAsync();
    }

    private static T Opened<T>(T? part) where T : class => part ?? throw new InvalidOperationException("The channel log was not opened.");
}
