namespace Notify.Telemetry;

/// <summary>The values of one instrument under one set of tags. Thread safe; recording allocates nothing.</summary>
internal sealed class MetricSeries(KeyValuePair<string, object?>[] tags, double[]? boundaries)
{
    private readonly long[]? _buckets = boundaries is null ? null : new long[boundaries.Length + 1];
    private double _value; // of a histogram: the sum

    /// <summary>The labels as they are written.</summary>
    public string Labels { get; } = MetricName.Labels(tags);

    /// <summary>In which reading of observable instruments it was last given.</summary>
    public long Reading { get; private set; }

    /// <summary>The value, or a histogram's sum.</summary>
    public double Value => Volatile.Read(ref _value);

    /// <summary>How many measurements lie in each bucket, the last being without a bound.</summary>
    public ReadOnlySpan<long> Buckets => _buckets;

    /// <summary>Whether these are its tags, in the order in which they are always given.</summary>
    public bool Has(ReadOnlySpan<KeyValuePair<string, object?>> others)
    {
        if (others.Length != tags.Length) return false;
        for (int i = 0; i < tags.Length; i++)
        {
            if (others[i].Key != tags[i].Key || !Equals(others[i].Value, tags[i].Value)) return false;
        }

        return true;
    }

    /// <summary>Adds to a counter; puts a measurement into a histogram.</summary>
    public void Add(double value)
    {
        if (_buckets is not null) Interlocked.Increment(ref _buckets[BucketOf(value)]);
        double seen = Volatile.Read(ref _value);
        while (true)
        {
            double before = Interlocked.CompareExchange(ref _value, seen + value, seen);
            if (before.Equals(seen)) return;
            seen = before;
        }
    }

    /// <summary>Takes what an observable instrument, or a gauge, says.</summary>
    public void Set(double value, long reading)
    {
        Volatile.Write(ref _value, value);
        Reading = reading;
    }

    private int BucketOf(double value)
    {
        int i = 0;
        while (i < boundaries!.Length && value > boundaries[i]) i++;
        return i;
    }
}
