using System.Runtime.InteropServices;

namespace Notify.EdgeHost.Limits;

/// <summary>
/// The allowances of all who sent something of late, by user or address. Two generations: who sends nothing for a whole one is
/// forgotten, and has a full allowance again by then. A generation that is full ends early, so that memory is bounded whoever comes;
/// then those who were silent longest are forgotten too soon. Thread safe.
/// </summary>
internal sealed class AllowanceTable<TKey>(ScopeRates rates, int limitEntries)
    where TKey : notnull
{
    private static readonly TimeSpan ShortestGeneration = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly TimeSpan _generation = rates.FillTime > ShortestGeneration ? rates.FillTime : ShortestGeneration;
    private Dictionary<TKey, Allowance> _young = [];
    private Dictionary<TKey, Allowance> _old = [];
    private TimeSpan _bornAt;

    /// <summary>How many are remembered: at most twice the limit.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _young.Count + _old.Count;
        }
    }

    /// <summary>Takes one frame of so many bytes from somebody's allowance, or nothing.</summary>
    public bool TryTake(TKey key, int bytes, TimeSpan now)
    {
        if (rates.IsUnlimited) return true;
        lock (_gate)
        {
            if (now - _bornAt >= _generation || _young.Count >= limitEntries) TurnLocked(now);
            ref var allowance = ref CollectionsMarshal.GetValueRefOrAddDefault(_young, key, out bool isKnown);
            if (!isKnown && !_old.Remove(key, out allowance)) allowance = new(rates, now);
            return allowance.TryTake(bytes, rates, now);
        }
    }

    private void TurnLocked(TimeSpan now)
    {
        // After a long quiet time the young generation is as old as the old one would be.
        _old = now - _bornAt >= 2 * _generation ? [] : _young;
        _young = [];
        _bornAt = now;
    }
}
