using System.Collections.Immutable;
using Notify.Streams;

namespace Notify.Grains.Edges;

/// <summary>
/// What one silo has for one edge and the edge has not confirmed yet. Sequence numbers are given when a delivery enters. One batch is
/// unconfirmed at a time and comes out again unchanged until it is confirmed. Over the limit, payloads are dropped and only
/// channel → newest position is kept, so that the edge reads the rest from the log. Thread safe; holds its lock briefly.
/// </summary>
internal sealed class EdgeOutbox(string silo, int limitBytes, int batchLimitBytes)
{
    /// <summary>What a delivery is taken to weigh beside its payload: measured about 200 bytes of objects.</summary>
    public const int OverheadBytes = 200;

    private readonly Lock _lock = new();
    private readonly Queue<EdgeDelivery> _waiting = new();
    private Dictionary<ChannelId, Position>? _heads; // older than all in _waiting
    private long _headsLastSequence;
    private EdgeBatch? _unconfirmed;
    private long _unconfirmedBytes;
    private long _nextSequence = 1;      // of the next delivery to enter
    private long _nextBatchSequence = 1; // of the next delivery to leave

    /// <summary>Bytes that wait or are unconfirmed.</summary>
    public long QueuedBytes
    {
        get
        {
            lock (_lock) return WaitingBytes + _unconfirmedBytes;
        }
    }

    /// <summary>Retained notifications whose payload was dropped for a head.</summary>
    public long FoldedCount { get; private set; }

    /// <summary>Ephemeral notifications, pushes to a connection, questions and the like that were dropped.</summary>
    public long DroppedCount { get; private set; }

    /// <summary>Whether there is something to send or to confirm.</summary>
    public bool HasWaiting
    {
        get
        {
            lock (_lock) return _unconfirmed is not null || _heads is not null || _waiting.Count > 0;
        }
    }

    private long WaitingBytes { get; set; }

    /// <summary>
    /// Takes a delivery. False: dropped, because the outbox is full and the delivery can't be read from a log.
    /// </summary>
    public bool Offer(EdgeDelivery delivery)
    {
        int bytes = BytesOf(delivery);
        lock (_lock)
        {
            if (WaitingBytes + _unconfirmedBytes + bytes > limitBytes)
            {
                if (delivery.Kind is DeliveryKind.Ephemeral or DeliveryKind.Direct or DeliveryKind.Question or DeliveryKind.Replaced)
                {
                    DroppedCount++;
                    return false;
                }

                Fold();
            }

            _nextSequence++;
            _waiting.Enqueue(delivery);
            WaitingBytes += bytes;
            return true;
        }
    }

    /// <summary>The unconfirmed batch again, else the next one; null when nothing waits.</summary>
    public EdgeBatch? Next(ImmutableArray<string> aliveSilos)
    {
        lock (_lock)
        {
            if (_unconfirmed is not null) return _unconfirmed;
            if (_heads is not null) return _unconfirmed = TakeHeads(aliveSilos);
            if (_waiting.Count == 0) return null;

            var deliveries = ImmutableArray.CreateBuilder<EdgeDelivery>();
            while (_waiting.TryPeek(out var delivery))
            {
                int bytes = BytesOf(delivery);
                if (deliveries.Count > 0 && _unconfirmedBytes + bytes > batchLimitBytes) break;
                deliveries.Add(_waiting.Dequeue());
                _unconfirmedBytes += bytes;
            }

            WaitingBytes -= _unconfirmedBytes;
            long first = _nextBatchSequence;
            _nextBatchSequence += deliveries.Count;
            return _unconfirmed = new(silo, first, _nextBatchSequence - 1, deliveries.DrainToImmutable(), aliveSilos);
        }
    }

    /// <summary>A batch without deliveries: a sign of life that carries the sequence reached. To be sent only when none is unconfirmed.</summary>
    public EdgeBatch Beacon(ImmutableArray<string> aliveSilos)
    {
        lock (_lock) return new(silo, _nextBatchSequence, _nextBatchSequence - 1, [], aliveSilos);
    }

    /// <summary>The edge has everything up to this sequence.</summary>
    public void Confirm(long lastSequence)
    {
        lock (_lock)
        {
            if (_unconfirmed is null || _unconfirmed.LastSequence > lastSequence) return;
            _unconfirmed = null;
            _unconfirmedBytes = 0;
        }
    }

    private static int BytesOf(EdgeDelivery delivery) => OverheadBytes + (delivery.Notification?.Payload.Length ?? 0);

    private void Fold()
    {
        var heads = _heads ?? [];
        var notices = new List<EdgeDelivery>();
        foreach (var delivery in _waiting)
        {
            switch (delivery.Kind)
            {
                case DeliveryKind.Retained or DeliveryKind.Head:
                    if (!heads.TryGetValue(delivery.Channel, out var head) || IsNewer(delivery.Position, head))
                        heads[delivery.Channel] = delivery.Position;
                    FoldedCount++;
                    break;
                case DeliveryKind.Deactivated:
                    notices.Add(delivery);
                    break;
                default:
                    DroppedCount++;
                    break;
            }
        }

        // Notices stay, behind the heads: they take the last sequences of the folded range.
        _waiting.Clear();
        WaitingBytes = 0;
        foreach (var notice in notices)
        {
            _waiting.Enqueue(notice);
            WaitingBytes += OverheadBytes;
        }

        _headsLastSequence = _nextSequence - 1 - notices.Count;
        _heads = heads.Count > 0 || _headsLastSequence >= _nextBatchSequence ? heads : null;
    }

    private EdgeBatch TakeHeads(ImmutableArray<string> aliveSilos)
    {
        int most = Math.Max(1, batchLimitBytes / OverheadBytes);
        var deliveries = ImmutableArray.CreateBuilder<EdgeDelivery>();
        foreach (var (channel, position) in _heads!)
        {
            if (deliveries.Count == most) break;
            deliveries.Add(new() { Kind = DeliveryKind.Head, Channel = channel, Position = position });
        }

        foreach (var delivery in deliveries) _heads.Remove(delivery.Channel);
        long first = _nextBatchSequence;
        long last = _heads.Count == 0 ? _headsLastSequence : first + deliveries.Count - 1;
        if (_heads.Count == 0) _heads = null;
        _nextBatchSequence = last + 1;
        return new(silo, first, last, deliveries.DrainToImmutable(), aliveSilos);
    }

    private static bool IsNewer(Position a, Position b) => a.Epoch > b.Epoch || (a.Epoch == b.Epoch && a.Offset > b.Offset);
}
