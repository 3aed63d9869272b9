using System.Buffers.Text;

namespace Notify.Bench.Load;

/// <summary>How a notification came, by its position in the channel.</summary>
internal enum Arrival
{
    InOrder,
    Repeated,
    OutOfOrder,
}

/// <summary>
/// What one connection had of its channel: the highest offset and which of the 64 up to it. Offsets and not the tool's own numbers are
/// looked at, for pushes that are under way together have no order before the channel gives them one.
/// </summary>
internal struct ArrivalOrder
{
    private long _epoch;
    private long _highest;
    private ulong _seen; // bit n: the highest less n

    /// <summary>Takes the next; one that is further back than 64 counts as out of order.</summary>
    public Arrival Take(long epoch, long offset)
    {
        if (epoch != _epoch) (_epoch, _highest, _seen) = (epoch, offset - 1, 0); // history was lost, or the first
        long ahead = offset - _highest;
        if (ahead > 0)
        {
            _seen = (ahead >= 64 ? 0 : _seen << (int)ahead) | 1;
            _highest = offset;
            return Arrival.InOrder;
        }

        if (ahead <= -64) return Arrival.OutOfOrder;
        ulong bit = 1UL << (int)-ahead;
        bool isRepeat = (_seen & bit) != 0;
        _seen |= bit;
        return isRepeat ? Arrival.Repeated : Arrival.OutOfOrder;
    }

    /// <summary>Reads <c>"position":"epoch-offset"</c>.</summary>
    public static bool TryReadPosition(ReadOnlySpan<byte> message, out long epoch, out long offset)
    {
        (epoch, offset) = (0, 0);
        int at = message.IndexOf("\"position\":\""u8);
        if (at < 0) return false;
        var text = message[(at + 12)..];
        return Utf8Parser.TryParse(text, out epoch, out int used) && used + 1 < text.Length && Utf8Parser.TryParse(text[(used + 1)..], out offset, out _);
    }
}
