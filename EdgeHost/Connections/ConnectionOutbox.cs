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
/// What waits for one client, bounded in bytes (a frame that is over the limit by itself is taken when nothing else waits). Offering never
/// waits; a write loop runs only while there is something to write, on the thread that flushes until the transport has to be waited for, and
/// takes all that waits at once. Thread safe.
/// </summary>
/// <remarks>It locks itself: nobody else does, and a lock beside it would be another object, and another cache line, for every delivery.</remarks>
internal sealed class ConnectionOutbox(ITransport transport, int limitBytes)
{
    private const int SliceBytes = 32 * 1024; // of a write: how finely progress is seen

    private WaitingFrames _waiting;
    private int _bytes; // of what waits and of what is being written
    private bool _isWriting;
    private bool _isClosing;
    private bool _isEnded;
    private bool _isGoodbyeWritten;
    private bool _wasWritingWhenAsked;
    private int _slicesWritten;
    private int _slicesSeen;
    private Exceptional? _exceptional;

    /// <summary>Bytes that wait or are being written.</summary>
    public int Bytes => Volatile.Read(ref _bytes);

    /// <summary>Puts a frame in; <see cref="Flush"/> sends it.</summary>
    public OfferOutcome Offer(Frame frame) => Offer(frame, out _);

    /// <summary>Puts a frame in; <see cref="Flush"/> sends it. Tells whether so much waits that this need not be put off.</summary>
    public OfferOutcome Offer(Frame frame, out bool isMuch)
    {
        const int muchBytes = 64 * 1024; // about what a socket takes at once
        const int muchFrames = 64;
        isMuch = false;
        int bytes = frame.Bytes.Length;
        lock (this)
        {
            if (_isEnded || _isClosing) return OfferOutcome.Closed;
            if (_bytes > 0 && _bytes + bytes > limitBytes) return frame.Loss == FrameLoss.Drops ? OfferOutcome.Dropped : OfferOutcome.Full;
            _waiting.Add(frame);
            _bytes += bytes;
            isMuch = (_bytes > muchBytes || _waiting.Count >= muchFrames) && !_isWriting;
            return OfferOutcome.Queued;
        }
    }

    /// <summary>
    /// Has <paramref name="then"/> called once, on another thread, when no more than so many bytes wait; replaces the last wish. False:
    /// it is so already, and nothing will be called.
    /// </summary>
    public bool NotifyBelow(int bytes, Action then)
    {
        lock (this)
        {
            if (_isEnded || _bytes <= bytes) return false;
            var exceptional = _exceptional ??= new();
            (exceptional.WhenBelow, exceptional.BelowBytes) = (then, bytes);
            return true;
        }
    }

    /// <summary>Whether a write has been under way since the last call and the server's buffers took nothing of it since.</summary>
    public bool IsStalledSinceLastAsked()
    {
        lock (this)
        {
            bool isStalled = _isWriting && _wasWritingWhenAsked && _slicesSeen == _slicesWritten;
            (_wasWritingWhenAsked, _slicesSeen) = (_isWriting, _slicesWritten);
            return isStalled;
        }
    }

    /// <summary>Writes what waits, unless a write is under way, which goes on with it. Does not wait for the socket.</summary>
    public void Flush()
    {
        if (TryBegin(out var frames, out int count, out int bytes)) _ = WriteAsync(frames, count, bytes); // ends with the outbox: EndAsync waits for it
    }

    /// <summary>Says goodbye after what waits, or instead of it. Only the first reason counts; false when there was one before.</summary>
    public bool Close(CloseReason reason, bool discardWaiting)
    {
        lock (this)
        {
            if (_isEnded || _isClosing) return false;
            _isClosing = true;
            (_exceptional ??= new()).Goodbye = reason;
            if (discardWaiting) DiscardLocked();
        }

        Flush();
        return true;
    }

    /// <summary>Waits until the goodbye is written or writing has failed; does not begin either.</summary>
    public Task WhenWrittenAsync()
    {
        lock (this)
        {
            if (!_isWriting) return Task.CompletedTask;
            var exceptional = _exceptional ??= new();
            return (exceptional.Ended ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>No write begins from now on; done when the one under way is over.</summary>
    public Task EndAsync()
    {
        lock (this)
        {
            _isEnded = true;
            DiscardLocked();
        }

        return WhenWrittenAsync();
    }

    private async Task WriteAsync(Frame[]? frames, int count, int bytes)
    {
        try
        {
            do
            {
                if (frames is null)
                {
                    await transport.WriteCloseAsync(_exceptional!.Goodbye);
                    continue;
                }

                try
                {
                    for (int from = 0; from < count;)
                    {
                        int to = SliceEnd(frames, from, count);
                        await transport.WriteAsync(frames.AsMemory(from, to - from));
                        Volatile.Write(ref _slicesWritten, _slicesWritten + 1);
                        from = to;
                    }
                }
                finally
                {
                    WaitingFrames.Return(frames, count);
                    Release(bytes);
                }
            }
            while (TryGoOn(out frames, out count, out bytes));
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

    private bool TryBegin(out Frame[]? frames, out int count, out int bytes)
    {
        lock (this)
        {
            if (!_isWriting) return _isWriting = TryTakeLocked(out frames, out count, out bytes);
        }

        (frames, count, bytes) = (null, 0, 0);
        return false;
    }

    private bool TryGoOn(out Frame[]? frames, out int count, out int bytes)
    {
        lock (this)
        {
            if (TryTakeLocked(out frames, out count, out bytes)) return true;
            EndWritingLocked();
            return false;
        }
    }

    /// <summary>What is to be written next: frames; the goodbye, without any; or nothing.</summary>
    private bool TryTakeLocked(out Frame[]? frames, out int count, out int bytes)
    {
        (frames, count, bytes) = (null, 0, 0);
        if (_isEnded) return false;
        if (_waiting.Count > 0)
        {
            bytes = _bytes; // nothing is being written
            frames = _waiting.Take(out count);
            return true;
        }

        if (!_isClosing || _isGoodbyeWritten) return false;
        return _isGoodbyeWritten = true;
    }

    private void Release(int bytes)
    {
        Action? then = null;
        lock (this)
        {
            _bytes -= bytes;
            if (_exceptional is { WhenBelow: not null } exceptional && _bytes <= exceptional.BelowBytes) (then, exceptional.WhenBelow) = (exceptional.WhenBelow, null);
        }

        then?.Invoke();
    }

    private void Fail()
    {
        transport.Abort();
        lock (this)
        {
            _isEnded = true;
            DiscardLocked();
            EndWritingLocked();
        }
    }

    private void EndWritingLocked()
    {
        _isWriting = false;
        if (_exceptional?.Ended is not { } ended) return;
        _exceptional.Ended = null;
        ended.SetResult();
    }

    private void DiscardLocked()
    {
        if (_waiting.Count == 0) return;
        var frames = _waiting.Take(out int count);
        for (int i = 0; i < count; i++) _bytes -= frames[i].Bytes.Length;
        WaitingFrames.Return(frames, count);
    }

    /// <summary>What most connections never need.</summary>
    private sealed class Exceptional
    {
        public CloseReason Goodbye;
        public TaskCompletionSource? Ended;
        public Action? WhenBelow;
        public int BelowBytes;
    }
}
