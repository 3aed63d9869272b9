namespace Notify.Grains.Log;

/// <summary>
/// Appends of all channels that wait for the one writer of a store. The writer takes what has gathered and commits it as one: batches grow
/// with load and there is no timer. Bounded. Thread safe; one taker.
/// </summary>
internal sealed class AppendQueue(int limitEntries, long limitBytes) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Queue<AppendRequest> _waiting = new();
    private readonly SemaphoreSlim _signal = new(0);
    private bool _isSignaled;
    private bool _isTaken; // what was taken is not done yet
    private bool _isClosed;
    private int _entries;
    private long _bytes;

    /// <summary>Notifications that wait, and verifications.</summary>
    public int Entries => Volatile.Read(ref _entries);

    /// <summary>Nothing waits and nothing is being committed.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock) return _waiting.Count == 0 && !_isTaken;
        }
    }

    public bool IsClosed
    {
        get
        {
            lock (_lock) return _isClosed;
        }
    }

    /// <summary>Puts an append behind those that wait.</summary>
    /// <param name="request">The append.</param>
    /// <param name="cancellationToken">Whoever waits for it goes on when the token says so; the append takes its way all the same.</param>
    /// <exception cref="NotAcknowledgedException">The queue is full: the append is not and will not be committed.</exception>
    /// <exception cref="ObjectDisposedException">The store was closed.</exception>
    public void Add(AppendRequest request, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(IChannelLog));
            int entries = request.Entries;
            if (_entries > 0 && (_entries + entries > limitEntries || _bytes + request.Bytes > limitBytes))
                throw new NotAcknowledgedException("Too many notifications wait for the channel log; try again with the same id.");
            request.GiveUpWith(cancellationToken);
            _waiting.Enqueue(request);
            _entries += entries;
            _bytes += request.Bytes;
        }

        Wake();
    }

    /// <summary>Makes a wait end although nothing may have been added.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            if (_isSignaled) return;
            _isSignaled = true;
        }

        _signal.Release();
    }

    /// <summary>Waits on the taker's own thread until there is something to do.</summary>
    public void Wait()
    {
        _signal.Wait();
        Rearm();
    }

    /// <summary>Waits until there is something to do.</summary>
    public async Task WaitAsync()
    {
        await _signal.WaitAsync();
        Rearm();
    }

    /// <summary>
    /// Takes what waits, in order, up to the limits but at least one. What was taken before counts as done.
    /// </summary>
    /// <param name="batch">Emptied, then filled.</param>
    /// <param name="limitBatchEntries">At most so many notifications.</param>
    /// <param name="limitBatchBytes">At most so many bytes.</param>
    public void Take(List<AppendRequest> batch, int limitBatchEntries, long limitBatchBytes)
    {
        batch.Clear();
        int entries = 0;
        long bytes = 0;
        lock (_lock)
        {
            while (_waiting.TryPeek(out var next))
            {
                if (batch.Count > 0 && (entries + next.Entries > limitBatchEntries || bytes + next.Bytes > limitBatchBytes)) break;
                entries += next.Entries;
                bytes += next.Bytes;
                batch.Add(_waiting.Dequeue());
            }

            _entries -= entries;
            _bytes -= bytes;
            _isTaken = batch.Count > 0;
        }
    }

    /// <summary>Takes no more; what waits can still be taken.</summary>
    public void Close()
    {
        lock (_lock) _isClosed = true;
        Wake();
    }

    /// <inheritdoc/>
    public void Dispose() => _signal.Dispose();

    private void Rearm()
    {
        lock (_lock) _isSignaled = false;
    }
}
