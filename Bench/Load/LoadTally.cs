namespace Notify.Bench.Load;

/// <summary>What is counted while it runs; any thread may.</summary>
internal sealed class LoadTally(int groups)
{
    private readonly int[] _members = new int[groups];
    private string? _trouble;

    public long Connected;
    public long Refused;
    public long Disconnected;
    public long Pushed;
    public long Acknowledged;
    public long Unacknowledged;
    public long Delivered;
    public long Repeated;
    public long OutOfOrder;

    /// <summary>This run's mark in the payloads.</summary>
    public uint Run { get; } = (uint)Random.Shared.Next();

    /// <summary>Latency counts of pushes that are due then or later; set before the first.</summary>
    public long CountsFrom { get; set; }

    public PushLedger Ledger { get; } = new();

    /// <summary>From when a push was due to when a client had it.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>From when a push was due to its acknowledgement.</summary>
    public LatencyHistogram AcknowledgeLatency { get; } = new();

    /// <summary>What went wrong first; null: nothing.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    public int MembersOf(int group) => Volatile.Read(ref _members[group]);

    public void Join(int group)
    {
        Interlocked.Increment(ref _members[group]);
        Interlocked.Increment(ref Connected);
    }

    public void Note(string trouble) => Interlocked.CompareExchange(ref _trouble, trouble, null);

    /// <summary>A connection has received this.</summary>
    public void Take(ReadOnlySpan<byte> message, ref ArrivalOrder order)
    {
        if (!Marker.TryFind(message, Run, out var marker)) return;
        var arrival = ArrivalOrder.TryReadPosition(message, out long epoch, out long offset) ? order.Take(epoch, offset) : Arrival.InOrder;
        if (arrival == Arrival.Repeated)
        {
            Interlocked.Increment(ref Repeated);
            return;
        }

        if (arrival == Arrival.OutOfOrder) Interlocked.Increment(ref OutOfOrder);
        if (marker.DueTicks >= CountsFrom) Latency.Record(marker.AgeNanoseconds());
        Interlocked.Increment(ref Delivered);
        Ledger.Deliver(marker.Number);
    }
}
