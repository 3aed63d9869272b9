using Notify.Streams;

namespace Notify.EdgeHost.Delivery;

/// <summary>
/// What one edge knows of one channel: how far its members have come, what is missing, and what the roster has to be told.
/// Retained notifications leave in the order of their offsets, each once; what is missing is waited for, then read from the log.
/// Pure: the shell makes the calls and tells their outcomes. Not thread safe.
/// </summary>
internal sealed class EdgeChannel(ChannelId id, EdgeChannelOptions options)
{
    private readonly RosterDuty _duty = new(options);
    private HeldDeliveries? _held;
    private Position _target;      // the newest position heard of
    private TimeSpan? _gapSince;   // when something was first missing
    private bool _readNow;         // what is missing will not come by itself
    private bool _readInFlight;
    private Position _readAfter;
    private TimeSpan _readNotBefore = TimeSpan.MinValue;
    private TimeSpan _readRetry;

    /// <summary>The channel.</summary>
    public ChannelId Id => id;

    /// <summary>The position up to which members have everything; meaningful once joined.</summary>
    public Position Applied { get; private set; }

    /// <summary>Whether the edge is in the roster and knows its position: members can be welcomed.</summary>
    public bool IsJoined { get; private set; }

    /// <summary>How often it was joined: what was known before the last time has a hole after it.</summary>
    public int Joins { get; private set; }

    /// <summary>The silo of the activation that the edge is attached to; null when it is to none.</summary>
    public string? Silo => _duty.Silo;

    /// <summary>The activation that the edge is attached to; null when it is to none.</summary>
    public string? Activation => _duty.Activation;

    /// <summary>What <see cref="AttachRequest.VerifyHead"/> has to be in the roster call just given out.</summary>
    public bool VerifyHead => _duty.VerifyHead;

    /// <summary>Nothing left to do or to know: the entry may go.</summary>
    public bool IsFinished => _duty.IsFinished && !_readInFlight;

    /// <summary>How many members the channel has here now. Zero starts the linger.</summary>
    public void SetMembers(int count, TimeSpan now) => _duty.SetMembers(count, now);

    /// <summary>The attachment is to be made again, with the position held: the audit's turn has come.</summary>
    public void RequireAttach() => _duty.RequireAttach();

    /// <summary>This silo is gone, silent, or something that it sent is lost.</summary>
    public void OnSiloUncertain(string silo) => _duty.OnSiloUncertain(silo);

    /// <summary>The roster call to make now, if any.</summary>
    public RosterCall? NextRosterCall(TimeSpan now)
    {
        var call = _duty.Next(now);
        if (call == RosterCall.Detach) Forget();
        return call;
    }

    /// <summary>The read to make now, if any; at most one is in flight.</summary>
    public ChannelRead? NextRead(TimeSpan now)
    {
        if (!IsReadDue(now)) return null;
        _readInFlight = true;
        _readAfter = Applied;
        return new(Applied, options.ReadLimitEntries, options.ReadLimitBytes);
    }

    /// <summary>When to ask for calls again though nothing has happened; null: only when something has.</summary>
    public TimeSpan? NextWakeup(TimeSpan now)
    {
        var wakeup = _duty.NextWakeup(now);
        if (!IsJoined || _readInFlight || _gapSince is not { } since) return wakeup;
        var read = _readNow ? now : since + options.ReorderWait;
        if (read < _readNotBefore) read = _readNotBefore;
        return wakeup < read ? wakeup : read;
    }

    /// <summary>A delivery has come from a silo; repeats and disorder are expected.</summary>
    public void OnDelivery(EdgeDelivery delivery, TimeSpan now, IEmitter emitter)
    {
        if (delivery.Kind == DeliveryKind.Deactivated)
        {
            _duty.OnDeactivated(delivery.Activation);
            return;
        }

        if (!IsJoined)
        {
            if (_duty.HasMembers) Hold(delivery);
            return;
        }

        Take(delivery, emitter);
        Settle(now, emitter);
    }

    /// <summary>The attach was answered.</summary>
    public void OnAttached(AttachResult result, TimeSpan now, IEmitter emitter)
    {
        if (result.Outcome != AttachOutcome.Attached)
        {
            _duty.OnFailed(now);
            return;
        }

        if (!IsJoined && result.Head.Epoch < _target.Epoch)
        {
            _duty.OnFailed(now); // an activation from before the epoch of what has come already
            return;
        }

        _duty.OnAttached(result);
        if (!IsJoined)
        {
            IsJoined = true;
            Joins++;
            Applied = result.Head;
            if (_target.Epoch != Applied.Epoch || _target.Offset < Applied.Offset) _target = Applied;
        }
        else
        {
            Reach(result.Head, emitter);
        }

        Settle(now, emitter);
    }

    /// <summary>The detach was answered.</summary>
    public void OnDetached(TimeSpan now) => _duty.OnDetached(now);

    /// <summary>A roster call failed or timed out: it may have been applied or not.</summary>
    public void OnRosterCallFailed(TimeSpan now) => _duty.OnFailed(now);

    /// <summary>The read was answered.</summary>
    public void OnPage(ChannelPage page, TimeSpan now, IEmitter emitter)
    {
        _readInFlight = false;
        bool isOutdated = _readAfter.Epoch == Applied.Epoch && _readAfter.Offset > Applied.Offset; // left and joined anew meanwhile
        if (!IsJoined || isOutdated) return;
        var before = Applied;
        if (page.Head.Epoch >= Applied.Epoch) TakePage(page, emitter);
        Settle(now, emitter);
        if (Applied != before)
        {
            _readRetry = TimeSpan.Zero;
        }
        else if (_gapSince is not null)
        {
            // Somebody has committed more than the one who answered knows: it was not the channel's current activation.
            BackOff(now);
            _duty.RequireAttach();
        }
    }

    /// <summary>The read failed or timed out.</summary>
    public void OnReadFailed(TimeSpan now)
    {
        _readInFlight = false;
        BackOff(now);
    }

    private void TakePage(ChannelPage page, IEmitter emitter)
    {
        var start = page.Entries.IsEmpty ? page.CoveredTo : page.Entries[0].Position.Plus(-1);
        if (page.Head.Epoch > Applied.Epoch)
        {
            Applied = _target = start; // of the new epoch, too, the beginning may have gone by retention
            emitter.HistoryLost(id, start);
        }
        else if (!page.IsComplete && start.Epoch == Applied.Epoch && start.Offset > Applied.Offset)
        {
            emitter.HistoryLost(id, start);
        }

        Reach(page.Head, emitter);
        foreach (var entry in page.Entries)
        {
            if (entry.Position.Epoch != Applied.Epoch || entry.Position.Offset <= Applied.Offset) continue;
            Applied = entry.Position;
            emitter.Emit(new() { Kind = DeliveryKind.Retained, Channel = id, Position = entry.Position, Notification = entry.Notification });
        }

        if (page.CoveredTo.Epoch == Applied.Epoch && page.CoveredTo.Offset > Applied.Offset) Applied = page.CoveredTo;
    }

    private void Take(EdgeDelivery delivery, IEmitter emitter)
    {
        var position = delivery.Position;
        if (position.Epoch < Applied.Epoch) return;
        if (position.Epoch > Applied.Epoch)
        {
            _duty.RequireAttach();
            Reach(new(position.Epoch, 0), emitter);
        }

        switch (delivery.Kind)
        {
            case DeliveryKind.Retained when position.Offset <= Applied.Offset:
                break;
            case DeliveryKind.Retained when position.Offset == Applied.Offset + 1:
                Applied = position;
                emitter.Emit(delivery);
                break;
            case DeliveryKind.Ephemeral when position.Offset <= Applied.Offset:
                emitter.Emit(delivery);
                break;
            case DeliveryKind.Head:
                _readNow |= position.Offset > Applied.Offset;
                Reach(position, emitter);
                break;
            default:
                Hold(delivery);
                break;
        }
    }

    /// <summary>There is a position that the members should come to.</summary>
    private void Reach(Position head, IEmitter emitter)
    {
        if (head.Epoch < Applied.Epoch) return;
        if (head.Epoch > Applied.Epoch)
        {
            Applied = _target = new(head.Epoch, 0);
            emitter.HistoryLost(id, Applied);
        }

        if (head.Offset > _target.Offset) _target = head;
    }

    private void Hold(EdgeDelivery delivery)
    {
        if (delivery.Position.Epoch > _target.Epoch || (delivery.Position.Epoch == _target.Epoch && delivery.Position.Offset > _target.Offset))
            _target = delivery.Position;
        if (delivery.Kind == DeliveryKind.Head) return;
        _held ??= new(options.HeldLimitCount, options.HeldLimitBytes);
        _ = _held.TryAdd(delivery); // no room: a retained one is read from the log, an ephemeral one is lost
    }

    /// <summary>Passes on what has become due and finds out whether something is missing.</summary>
    private void Settle(TimeSpan now, IEmitter emitter)
    {
        if (_held is not null)
        {
            while (_held.TryPeek(out var next) && IsDue(next))
            {
                _held.RemoveFirst();
                Take(next, emitter);
            }

            if (_held.Count == 0) _held = null;
        }

        if (_target.Epoch == Applied.Epoch && _target.Offset < Applied.Offset) _target = Applied;
        if (_target == Applied)
        {
            _gapSince = null;
            _readNow = false;
        }
        else
        {
            _gapSince ??= now;
        }
    }

    private bool IsDue(EdgeDelivery held) =>
        held.Position.Epoch != Applied.Epoch
        || held.Position.Offset <= Applied.Offset
        || (held.Kind == DeliveryKind.Retained && held.Position.Offset == Applied.Offset + 1);

    private bool IsReadDue(TimeSpan now) =>
        IsJoined && !_readInFlight && _gapSince is { } since && now >= _readNotBefore
        && (_readNow || now >= since + options.ReorderWait);

    private void BackOff(TimeSpan now)
    {
        _readRetry = _readRetry == TimeSpan.Zero ? options.RetryFirst : _readRetry * 2;
        if (_readRetry > options.RetryMost) _readRetry = options.RetryMost;
        _readNotBefore = now + _readRetry;
    }

    private void Forget()
    {
        IsJoined = false;
        Applied = _target = default;
        _held = null;
        _gapSince = null;
        _readNow = false;
    }
}
