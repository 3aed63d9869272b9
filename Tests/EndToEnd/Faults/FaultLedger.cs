namespace Notify.Tests.EndToEnd.Faults;

/// <summary>
/// What was pushed, what was acknowledged and what each client got, whatever went wrong meanwhile; and what that says about the promises.
/// It does no I/O. Thread safe.
/// </summary>
internal sealed class FaultLedger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(ChannelId Channel, string Id), Push> _pushes = [];
    private readonly Dictionary<ChannelId, Position> _newest = [];
    private readonly List<Page> _pages = [];
    private readonly List<string> _acknowledgedTwice = [];

    /// <summary>A pusher is about to push this id for the first time.</summary>
    public void Pushing(ChannelId channel, string id)
    {
        lock (_lock)
        {
            if (!_pushes.TryAdd((channel, id), new(_newest.GetValueOrDefault(channel)))) throw new ArgumentException($"{channel} {id} is pushed twice.");
        }
    }

    /// <summary>A pusher has the receipt of this id; when it pushes the id again, another one.</summary>
    public void Acknowledged(ChannelId channel, string id, Position position)
    {
        lock (_lock)
        {
            var push = _pushes[(channel, id)];
            if (push.Position.IsKnown)
            {
                if (push.Position != position) _acknowledgedTwice.Add($"{channel} {id} is acknowledged at {push.Position} and at {position}");
                return;
            }

            push.Position = position;
            if (IsAfter(position, _newest.GetValueOrDefault(channel))) _newest[channel] = position;
        }
    }

    /// <summary>A client from its first welcome on.</summary>
    /// <param name="name">How reports call it.</param>
    /// <param name="channels">Whose notifications it is to get.</param>
    public Page NewPage(string name, IEnumerable<ChannelId> channels)
    {
        lock (_lock)
        {
            var page = new Page(this, name, [.. channels]);
            _pages.Add(page);
            return page;
        }
    }

    /// <summary>What can be said when every client has had its time.</summary>
    public LedgerSummary Sum()
    {
        lock (_lock)
        {
            var acknowledged = _pushes.Where(push => push.Value.Position.IsKnown).ToList();
            List<string> lost = [], repeated = [.. _acknowledgedTwice];
            List<string> outOfOrder =
            [
                .. acknowledged.Where(push => !IsAfter(push.Value.Position, push.Value.Before))
                    .Select(push => $"{push.Key} is at {push.Value.Position} though {push.Value.Before} was acknowledged before it was pushed"),
                .. acknowledged.GroupBy(push => (push.Key.Channel, push.Value.Position)).Where(same => same.Count() > 1)
                    .Select(same => $"{same.Key}: {same.Count()} are acknowledged at one position"),
            ];
            var ofChannels = acknowledged.ToLookup(push => push.Key.Channel);
            foreach (var page in _pages) Check(page, ofChannels, lost, repeated, outOfOrder);
            return new(_pushes.Count, acknowledged.Count, _pages.Sum(page => page.Deliveries.Count), lost, repeated, outOfOrder);
        }
    }

    private void Check(
        Page page, ILookup<ChannelId, KeyValuePair<(ChannelId Channel, string Id), Push>> acknowledged, List<string> lost, List<string> repeated, List<string> outOfOrder)
    {
        var had = new HashSet<(ChannelId, string)>();
        var last = new Dictionary<ChannelId, Position>();
        foreach (var (channel, position, id, _) in page.Deliveries)
        {
            if (!had.Add((channel, id)))
            {
                repeated.Add($"{page.Name}: {channel} {id}, again at {position}");
                continue;
            }

            if (!IsAfter(position, last.GetValueOrDefault(channel))) outOfOrder.Add($"{page.Name}: {channel} {id} at {position} after {last[channel]}");
            else last[channel] = position;
            if (!_pushes.TryGetValue((channel, id), out var push)) outOfOrder.Add($"{page.Name}: {channel} {id} was never pushed there");
            else if (push.Position.IsKnown && push.Position != position) outOfOrder.Add($"{page.Name}: {channel} {id} at {position}, acknowledged at {push.Position}");
        }

        foreach (var (key, push) in page.Channels.SelectMany(channel => acknowledged[channel]))
        {
            if (!had.Contains(key)) lost.Add($"{page.Name}: {key.Channel} {key.Id} at {push.Position}");
        }
    }

    private static bool IsAfter(Position position, Position other) =>
        position.Epoch > other.Epoch || (position.Epoch == other.Epoch && position.Offset > other.Offset);

    /// <summary>A client's page: what it got, as it came.</summary>
    public sealed class Page(FaultLedger ledger, string name, HashSet<ChannelId> channels)
    {
        public string Name => name;

        public HashSet<ChannelId> Channels => channels;

        /// <summary>How many deliveries it has.</summary>
        public int Count
        {
            get
            {
                lock (ledger._lock) return Deliveries.Count;
            }
        }

        internal List<(ChannelId Channel, Position Position, string Id, long At)> Deliveries { get; } = [];

        /// <summary>The client got this.</summary>
        public void Delivered(ChannelId channel, Position position, string id)
        {
            lock (ledger._lock) Deliveries.Add((channel, position, id, TimeProvider.System.GetTimestamp()));
        }

        /// <summary>The longest time without a delivery of each channel that the client had between two moments (time stamps).</summary>
        public IReadOnlyList<TimeSpan> Silences(long from, long until)
        {
            lock (ledger._lock)
            {
                var longest = channels.ToDictionary(channel => channel, _ => (Next: until, Longest: 0L));
                for (int i = Deliveries.Count - 1; i >= 0 && Deliveries[i].At > from; i--)
                {
                    if (Deliveries[i].At > until) continue;
                    var (next, most) = longest[Deliveries[i].Channel];
                    longest[Deliveries[i].Channel] = (Deliveries[i].At, Math.Max(most, next - Deliveries[i].At));
                }

                return [.. longest.Values.Select(one => TimeProvider.System.GetElapsedTime(0, Math.Max(one.Longest, one.Next - from)))];
            }
        }
    }

    /// <param name="before">The newest position of the channel that was acknowledged before the push began.</param>
    private sealed class Push(Position before)
    {
        public Position Before => before;

        /// <summary>Of its first receipt; default: not acknowledged.</summary>
        public Position Position { get; set; }
    }
}

/// <summary>What a ledger shows.</summary>
/// <param name="Pushed">Ids, however often each was tried.</param>
/// <param name="Acknowledged">Ids with a receipt.</param>
/// <param name="Delivered">What clients got, over all clients.</param>
/// <param name="Lost">Acknowledged, and a client of the channel did not get it.</param>
/// <param name="Repeated">A client got it twice, or it is in the log twice.</param>
/// <param name="OutOfOrder">Before what precedes it, or not where its receipt says.</param>
internal sealed record LedgerSummary(
    int Pushed, int Acknowledged, int Delivered, IReadOnlyList<string> Lost, IReadOnlyList<string> Repeated, IReadOnlyList<string> OutOfOrder)
{
    private const int Shown = 10;

    public bool IsClean => Lost.Count + Repeated.Count + OutOfOrder.Count == 0;

    /// <summary>The line of a report.</summary>
    public override string ToString() =>
        $"pushed {Pushed}, acknowledged {Acknowledged}, delivered {Delivered}, lost {Lost.Count}, repeated {Repeated.Count}, out of order {OutOfOrder.Count}";

    /// <summary>The line and the first faults of each kind.</summary>
    public string Explain() => string.Join('\n',
        [ToString(), .. Lost.Take(Shown).Select(fault => $"lost: {fault}"), .. Repeated.Take(Shown).Select(fault => $"repeated: {fault}"),
            .. OutOfOrder.Take(Shown).Select(fault => $"out of order: {fault}")]);
}
