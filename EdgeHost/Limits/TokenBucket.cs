namespace Notify.EdgeHost.Limits;

/// <summary>How much may come: so much a second, and so much at once after a quiet time. A rate of zero means no limit.</summary>
internal readonly record struct Rate(double PerSecond, double Burst)
{
    /// <summary>Whether there is no limit.</summary>
    public bool IsUnlimited => PerSecond <= 0;

    /// <summary>How long an empty bucket takes to be full again.</summary>
    public TimeSpan FillTime => IsUnlimited ? TimeSpan.Zero : TimeSpan.FromSeconds(Burst / PerSecond);
}

/// <summary>
/// What is left of a rate. What costs more than the whole burst is let through from a full bucket, which it leaves in debt. Pure; not
/// thread safe.
/// </summary>
internal struct TokenBucket(Rate rate, TimeSpan now)
{
    private double _tokens = rate.Burst;
    private TimeSpan _countedAt = now;

    /// <summary>Whether so much may come now; takes nothing.</summary>
    public bool Has(double cost, Rate rate, TimeSpan now)
    {
        if (rate.IsUnlimited) return true;
        if (now > _countedAt)
        {
            _tokens = Math.Min(rate.Burst, _tokens + ((now - _countedAt).TotalSeconds * rate.PerSecond));
            _countedAt = now;
        }

        return _tokens >= Math.Min(cost, rate.Burst);
    }

    /// <summary>Takes it, after <see cref="Has"/> said yes.</summary>
    public void Take(double cost, Rate rate)
    {
        if (!rate.IsUnlimited) _tokens -= cost;
    }
}
