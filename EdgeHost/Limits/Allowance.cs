namespace Notify.EdgeHost.Limits;

/// <summary>The rates of one scope: frames, and their bytes.</summary>
internal readonly record struct ScopeRates(Rate Frames, Rate Bytes)
{
    /// <summary>Whether there is no limit at all.</summary>
    public bool IsUnlimited => Frames.IsUnlimited && Bytes.IsUnlimited;

    /// <summary>After this time without a frame an allowance is as good as new.</summary>
    public TimeSpan FillTime => Frames.FillTime > Bytes.FillTime ? Frames.FillTime : Bytes.FillTime;
}

/// <summary>What a connection, a user or an address has left. Pure; not thread safe.</summary>
internal struct Allowance(ScopeRates rates, TimeSpan now)
{
    private TokenBucket _frames = new(rates.Frames, now);
    private TokenBucket _bytes = new(rates.Bytes, now);

    /// <summary>Takes one frame of so many bytes, or nothing.</summary>
    public bool TryTake(int bytes, ScopeRates rates, TimeSpan now)
    {
        if (!_frames.Has(1, rates.Frames, now) || !_bytes.Has(bytes, rates.Bytes, now)) return false;
        _frames.Take(1, rates.Frames);
        _bytes.Take(bytes, rates.Bytes);
        return true;
    }
}
