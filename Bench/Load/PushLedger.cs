namespace Notify.Bench.Load;

/// <summary>
/// What is known of each push: how many deliveries it should have, how many came, whether it was acknowledged. Holds the last
/// <see cref="SlotCount"/> of them; one that is still incomplete when its slot is needed counts as lost, and what comes of it later as late.
/// </summary>
internal sealed class PushLedger
{
    public const int SlotCount = 1 << 16;

    private readonly Slot?[] _slots = new Slot?[SlotCount];
    private long _lost;
    private long _late;
    private long _open;

    /// <summary>Deliveries that came after they had been counted as lost.</summary>
    public long Late => Volatile.Read(ref _late);

    /// <summary>Pushes of which something is still awaited.</summary>
    public long Open => Volatile.Read(ref _open);

    /// <summary>Begins a push; completes when it is acknowledged and every delivery came.</summary>
    public Task Begin(long number, int expected)
    {
        var slot = new Slot(number, expected);
        Interlocked.Increment(ref _open);
        if (Interlocked.Exchange(ref _slots[number % SlotCount], slot) is { } former) Settle(former);
        return slot.Completed;
    }

    /// <summary>The edge has acknowledged it.</summary>
    public void Acknowledge(long number)
    {
        if (Find(number) is { } slot && slot.Acknowledge()) Interlocked.Decrement(ref _open);
    }

    /// <summary>It was not acknowledged: what comes of it may come, and is not missed.</summary>
    public void Refuse(long number)
    {
        if (Find(number) is { } slot && slot.Refuse()) Interlocked.Decrement(ref _open);
    }

    /// <summary>A connection has got it for the first time.</summary>
    public void Deliver(long number)
    {
        if (Find(number) is not { } slot) Interlocked.Increment(ref _late);
        else if (slot.Deliver()) Interlocked.Decrement(ref _open);
    }

    /// <summary>Deliveries of acknowledged pushes that never came; ends the ledger.</summary>
    public long CountLost()
    {
        for (int i = 0; i < _slots.Length; i++)
            if (Interlocked.Exchange(ref _slots[i], null) is { } slot) Settle(slot);
        return Volatile.Read(ref _lost);
    }

    private Slot? Find(long number) => Volatile.Read(ref _slots[number % SlotCount]) is { } slot && slot.Number == number ? slot : null;

    private void Settle(Slot slot)
    {
        if (slot.TryEnd()) Interlocked.Decrement(ref _open);
        Interlocked.Add(ref _lost, slot.Missing);
    }

    private sealed class Slot(long number, int expected)
    {
        private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _delivered;
        private int _acknowledged;

        public long Number => number;

        public Task Completed => _completed.Task;

        public long Missing => Volatile.Read(ref _acknowledged) == 1 ? Math.Max(0, expected - Volatile.Read(ref _delivered)) : 0;

        public bool Acknowledge()
        {
            Interlocked.Exchange(ref _acknowledged, 1);
            return Volatile.Read(ref _delivered) >= expected && TryEnd();
        }

        public bool Refuse() => TryEnd();

        public bool Deliver() => Interlocked.Increment(ref _delivered) >= expected && Volatile.Read(ref _acknowledged) == 1 && TryEnd();

        public bool TryEnd() => _completed.TrySetResult();
    }
}
