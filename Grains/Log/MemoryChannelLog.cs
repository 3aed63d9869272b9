namespace Notify.Grains.Log;

/// <summary>
/// The log in the memory of the process, bounded in bytes over all channels: the oldest notification of all goes first, and a
/// channel whose notifications are all gone keeps its head until heads alone fill the memory. Every operation is O(1) per
/// notification under one lock, and none waits.
/// </summary>
internal sealed class MemoryChannelLog : IChannelLog
{
    private readonly Lock _lock = new();
    private readonly ChannelLogOptions _options;
    private readonly TimeSpan _dedupeWindow;
    private readonly int _dedupeLimitEntries;
    private readonly TimeProvider _time;
    private readonly Dictionary<ChannelId, MemoryChannel> _channels = [];
    private readonly MemoryAges _ages = new();
    private long _baseEpoch; // of channels that have no entry; at least as new as any epoch ever given
    private long _bytes;
    private long _evicted;

    public MemoryChannelLog(ChannelLogOptions options, TimeSpan dedupeWindow, int dedupeLimitEntries, TimeProvider time)
    {
        _options = options;
        _dedupeWindow = dedupeWindow;
        _dedupeLimitEntries = dedupeLimitEntries;
        _time = time;
        _baseEpoch = Microseconds(time.GetUtcNow());
    }

    /// <summary>What is held now, objects included (estimated).</summary>
    public long Bytes
    {
        get
        {
            // Within an append it is over the limit for a moment.
            lock (_lock) return _bytes;
        }
    }

    /// <summary>Notifications dropped because the memory was full; those dropped by a channel's own limits are not counted.</summary>
    public long EvictedCount => Volatile.Read(ref _evicted);

    /// <summary>Channels that have an entry.</summary>
    public int ChannelCount
    {
        get
        {
            lock (_lock) return _channels.Count;
        }
    }

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(
        ChannelId channel, Position expectedHead, IReadOnlyList<Notification> notifications, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock) return new(Append(channel, expectedHead, notifications));
    }

    /// <inheritdoc/>
    public ValueTask<ChannelPage> ReadAsync(ChannelId channel, ChannelRead request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (!_channels.TryGetValue(channel, out var entry))
            {
                var head = new Position(_baseEpoch, 0);
                return new(new ChannelPage([], head, head, !request.After.IsKnown || request.After == head));
            }

            DropAged(entry);
            return new(entry.Read(request, _time.GetUtcNow()));
        }
    }

    /// <inheritdoc/>
    public ValueTask<ChannelLogState> LoadAsync(ChannelId channel, Position known, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (_channels.TryGetValue(channel, out var entry))
                return new(new ChannelLogState(entry.Head, entry.Recent(_time.GetUtcNow() - _dedupeWindow, _dedupeLimitEntries)));
            if (known.Offset > 0 && known.Epoch >= _baseEpoch) StartEpoch(known.Epoch);
            return new(new ChannelLogState(new(_baseEpoch, 0), []));
        }
    }

    private AppendResult Append(ChannelId channel, Position expectedHead, IReadOnlyList<Notification> notifications)
    {
        if (_channels.TryGetValue(channel, out var entry))
        {
            if (entry.Head != expectedHead) return AppendResult.Conflict(entry.Head);
        }
        else
        {
            // A channel without an entry is at offset 0 whatever the epoch: another channel's loss may have moved the epoch since.
            if (expectedHead.Offset != 0) return AppendResult.Conflict(new(_baseEpoch, 0));
            entry = new MemoryChannel(channel, new(_baseEpoch, 0), _options.Of(channel));
            _channels.Add(channel, entry);
            _ages.AddEmpty(entry);
            _bytes += MemoryChannel.OverheadBytes;
        }

        for (int i = 0; i < notifications.Count; i++) // an enumerator would be an object
        {
            var node = entry.Append(notifications[i]);
            _ages.Add(node);
            _bytes += node.Bytes;
        }

        while (entry.Count > entry.Retention.CountLimit) Drop(entry);
        DropAged(entry);
        DropAgedFront();
        Evict();
        return AppendResult.Appended(entry.Head);
    }

    private void Evict()
    {
        while (_bytes > _options.MemoryLimitBytes)
        {
            if (_ages.Oldest is { } oldest)
            {
                Drop(oldest.Channel);
                _evicted++;
                continue;
            }

            if (_ages.OldestEmpty is not { } empty) return;
            _ages.RemoveEmpty(empty);
            _channels.Remove(empty.Channel);
            _bytes -= MemoryChannel.OverheadBytes;
            StartEpoch(_baseEpoch); // the dropped channel must not come back with offsets of its old epoch
        }
    }

    private void DropAged(MemoryChannel entry)
    {
        var limit = _time.GetUtcNow() - entry.Retention.AgeLimit;
        while (entry.Oldest is { } oldest && oldest.Notification.Time < limit) Drop(entry);
    }

    // Channels that nobody pushes to or reads lose what is too old whenever somebody else pushes.
    private void DropAgedFront()
    {
        var now = _time.GetUtcNow();
        while (_ages.Oldest is { } oldest && oldest.Notification.Time < now - oldest.Channel.Retention.AgeLimit) Drop(oldest.Channel);
    }

    private void Drop(MemoryChannel entry)
    {
        var node = entry.DropOldest();
        _ages.Remove(node);
        _bytes -= node.Bytes;
        if (entry.Count == 0) _ages.AddEmpty(entry);
    }

    private void StartEpoch(long after) => _baseEpoch = Math.Max(after + 1, Microseconds(_time.GetUtcNow()));

    private static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
