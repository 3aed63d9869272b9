using System.Buffers;
using Notify.EdgeHost.Transports;

namespace Notify.EdgeHost.Connections;

/// <summary>What became of an offered frame.</summary>
internal enum OfferOutcome
{
    /// <summary>It waits to be written.</summary>
    Queued,

    /// <summary>There was no room and it was of the kind that is dropped.</summary>
    Dropped,

    /// <summary>There was no room and it must not be lost: the connection is to be closed as slow.</summary>
    Full,

    /// <summary>The connection is closing or closed.</summary>
    Closed,
}

/// <summary>
/// What waits for one client, bounded in bytes (a frame that is over the limit by itself is taken when nothing else waits). Offering never waits; a write loop runs only while there is something to write,
/// and takes all that waits at once. Thread safe.
/// </summary>
internal sealed class ConnectionOutbox(ITransport transport, int limitBytes)
{
    private const int FirstFrames = 16;
    private const int SliceBytes = 32 * 1024; // of a write: how finely progress is seen

    private readonly Lock _gate = new();
    private Frame[]? _waiting;
    private int _count;
    private int _bytes; // of what waits and of what is being written
    private bool _isWriting;
    private long _slicesWritten;
    private long _slicesSeen = -1;
    private bool _isEnded;
    private bool _isGoodbyeWritten;
    private CloseReason? _goodbye;
    private TaskCompletionSource? _ended;
    private Action? _whenBelow;
    private int _belowBytes;

    /// <summary>Bytes that wait or are being written.</summary>
    public int Bytes => Volatile.Read(ref _bytes);

    /// <summary>Puts a frame in; <see cref="Flush"/> sends it.</summary>
    public OfferOutcome Offer(Frame frame)
    {
        lock (_gate)
        {
            if (_isEnded || _goodbye is not null) return OfferOutcome.Closed;
            if (_bytes > 0 && _bytes + frame.Bytes.Length > limitBytes)
                return frame.Loss == FrameLoss.Drops ? OfferOutcome.Dropped : OfferOutcome.Full;
            if (_waiting is null) _waiting = ArrayPool<Frame>.Shared.Rent(FirstFrames);
            else if (_count == _waiting.Length) GrowLocked();
            _waiting[_count++] = frame;
            _bytes += frame.Bytes.Length;
            return OfferOutcome.Queued;
        }
    }

    /// <summary>
    /// Has <paramref name="then"/> called once, on another thread, when no more than so many bytes wait; replaces the last wish. False:
    /// it is so already, and nothing will be called.
    /// </summary>
    public bool NotifyBelow(int bytes, Action then)
    {
        lock (_gate)
        {
            if (_isEnded || _bytes <= bytes) return false;
            (_whenBelow, _belowBytes) = (then, bytes);
            return true;
        }
    }

    /// <summary>Whether a write has been under way since the last call and the server's buffers took nothing of it since.</summary>
    public bool IsStalledSinceLastAsked()
    {
        lock (_gate)
        {
            bool isStalled = _isWriting && _slicesSeen == _slicesWritten;
            _slicesSeen = _isWriting ? _slicesWritten : -1;
            return isStalled;
        }
    }

    /// <summary>Starts writing what waits, unless that is under way. Does not wait for the socket.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (_isWriting || _isEnded || (_count == 0 && (_goodbye is null || _isGoodbyeWritten))) return;
            _isWriting = true;
        }

        _ = WriteAsync(); // ends with the outbox: EndAsync waits for it
    }

    /// <summary>Says goodbye after what waits, or instead of it. Only the first reason counts; false when there was one before.</summary>
    public bool Close(CloseReason reason, bool discardWaiting)
    {
        lock (_gate)
        {
            if (_isEnded || _goodbye is not null) return false;
            _goodbye = reason;
            if (discardWaiting) DiscardLocked();
        }

        Flush();
        return true;
    }

    /// <summary>Waits until the goodbye is written or writing has failed; does not begin either.</summary>
    public Task WhenWrittenAsync()
    {
        lock (_gate)
        {
            if (!_isWriting) return Task.CompletedTask;
            return (_ended ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>No write begins from now on; done when the one under way is over.</summary>
    public Task EndAsync()
    {
        lock (_gate)
        {
            _isEnded = true;
            DiscardLocked();
        }

        return WhenWrittenAsync();
    }

    private async Task WriteAsync()
    {
        try
        {
            while (TakeOrStop(out var frames, out int count, out var goodbye))
            {
                if (frames is null)
                {
                    await transport.WriteCloseAsync(goodbye!.Value);
                    continue;
                }

                try
                {
                    for (int from = 0; from < count;)
                    {
                        int to = SliceEnd(frames, from, count);
                        await transport.WriteAsync(frames.AsMemory(from, to - from));
                        _ = Interlocked.Increment(ref _slicesWritten);
                        from = to;
                    }
                }
                finally
                {
                    Release(frames, count);
                }
            }
        }
#pragma warning disable CA1031 // Whatever a broken connection throws ends this connection and nothing else.
        catch (Exception)
#pragma warning restore CA1031
        {
            Fail();
        }
    }

    private static int SliceEnd(Frame[] frames, int from, int count)
    {
        int bytes = frames[from++].Bytes.Length;
        while (from < count && bytes + frames[from].Bytes.Length <= SliceBytes) bytes += frames[from++].Bytes.Length;
        return from;
    }

    private bool TakeOrStop(out Frame[]? frames, out int count, out CloseReason? goodbye)
    {
        lock (_gate)
        {
            goodbye = null;
            frames = null;
            count = _count;
            if (!_isEnded && count > 0)
            {
                frames = _waiting;
                _waiting = null;
                _count = 0;
                return true;
            }

            if (!_isEnded && _goodbye is not null && !_isGoodbyeWritten)
            {
                _isGoodbyeWritten = true;
                goodbye = _goodbye;
                return true;
            }

            _isWriting = false;
            _ended?.SetResult();
            _ended = null;
            return false;
        }
    }

    private void Release(Frame[] frames, int count)
    {
        int bytes = 0;
        for (int i = 0; i < count; i++) bytes += frames[i].Bytes.Length;
        frames.AsSpan(0, count).Clear();
        ArrayPool<Frame>.Shared.Return(frames);
        Action? then = null;
        lock (_gate)
        {
            _bytes -= bytes;
            if (_whenBelow is not null && _bytes <= _belowBytes) (then, _whenBelow) = (_whenBelow, null);
        }

        then?.Invoke();
    }

    private void Fail()
    {
        transport.Abort();
        lock (_gate)
        {
            _isEnded = true;
            _isWriting = false;
            DiscardLocked();
            _ended?.SetResult();
            _ended = null;
        }
    }

    private void GrowLocked()
    {
        var larger = ArrayPool<Frame>.Shared.Rent(2 * _count);
        _waiting.AsSpan(0, _count).CopyTo(larger);
        _waiting.AsSpan(0, _count).Clear();
        ArrayPool<Frame>.Shared.Return(_waiting!);
        _waiting = larger;
    }

    private void DiscardLocked()
    {
        if (_waiting is null) return;
        for (int i = 0; i < _count; i++) _bytes -= _waiting[i].Bytes.Length;
        _waiting.AsSpan(0, _count).Clear();
        ArrayPool<Frame>.Shared.Return(_waiting);
        _waiting = null;
        _count = 0;
    }
}
