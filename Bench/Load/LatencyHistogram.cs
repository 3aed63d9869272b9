using System.Numerics;

namespace Notify.Bench.Load;

/// <summary>
/// Counts durations in buckets of at most 1.6% width, from 1 ns to 2 h, in 18 KiB however many there are. Any thread may record.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 6;
    private const int Subs = 1 << SubBits;
    private const int Octaves = 36;

    private readonly long[] _counts = new long[(Octaves + 1) * Subs];
    private long _max;

    /// <summary>How many were recorded.</summary>
    public long Count => _counts.Sum();

    /// <summary>The longest, exactly.</summary>
    public TimeSpan Max => TimeSpan.FromMicroseconds(Volatile.Read(ref _max) / 1000.0);

    public void Record(long nanoseconds)
    {
        long value = Math.Clamp(nanoseconds, 0, (1L << (Octaves + SubBits)) - 1);
        Interlocked.Increment(ref _counts[BucketOf(value)]);
        for (long max = Volatile.Read(ref _max); nanoseconds > max; max = Volatile.Read(ref _max))
            if (Interlocked.CompareExchange(ref _max, nanoseconds, max) == max) break;
    }

    /// <summary>The duration that this share of all did not exceed: the upper end of its bucket, never above <see cref="Max"/>.</summary>
    public TimeSpan Percentile(double share)
    {
        long rank = Math.Max(1, (long)Math.Ceiling(Count * share));
        long seen = 0;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += Volatile.Read(ref _counts[bucket]);
            if (seen >= rank) return TimeSpan.FromMicroseconds(Math.Min(UpperEndOf(bucket), Volatile.Read(ref _max)) / 1000.0);
        }

        return TimeSpan.Zero;
    }

    // Below 2^SubBits each value has a bucket of its own; each octave above is parted into as many.
    private static int BucketOf(long value)
    {
        if (value < Subs) return (int)value;
        int octave = BitOperations.Log2((ulong)value) - SubBits;
        return ((octave + 1) << SubBits) + (int)(value >> octave) - Subs;
    }

    private static long UpperEndOf(int bucket)
    {
        if (bucket < Subs) return bucket;
        int octave = (bucket >> SubBits) - 1;
        return ((long)((bucket & (Subs - 1)) + Subs + 1) << octave) - 1;
    }
}
