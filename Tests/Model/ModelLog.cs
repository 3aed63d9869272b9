namespace Notify.Tests.Model;

/// <summary>
/// The store of one channel as the model sees it: positions and ids. Survives silos, unless the schedule loses it; keeps the newest alone
/// when the schedule prunes it.
/// </summary>
internal sealed class ModelLog(World world)
{
    private readonly List<Notification> _entries = [];
    private readonly HashSet<string> _ids = [];
    private long _epoch = 1; // known before anything is stored
    private int _prunedTo;

    /// <summary>Everything ever committed, over all epochs: the ledger.</summary>
    public List<(Position Position, string Id)> Committed { get; } = [];

    public Position Head => new(_epoch, _entries.Count);

    /// <summary>The ids that count as pushed before.</summary>
    public IReadOnlySet<string> RecentIds => _ids;

    public bool Append(Position expected, IReadOnlyList<Notification> notifications, bool isConditional)
    {
        if (isConditional && expected != Head) return false;
        foreach (var notification in notifications)
        {
            _entries.Add(notification);
            Committed.Add((Head, notification.Id));
            if (!_ids.Add(notification.Id)) world.Fail($"{notification.Id} is stored twice, the second time at {Head}");
        }

        return true;
    }

    public ChannelPage Read(ChannelRead read)
    {
        bool isKnown = read.After.Epoch == _epoch;
        long after = isKnown ? read.After.Offset : 0;
        long first = Math.Max(after, _prunedTo);
        var entries = _entries.Skip((int)first).Take(read.LimitEntries)
            .Select((n, i) => new PositionedNotification(new(_epoch, first + i + 1), n)).ToList();
        bool isComplete = isKnown && (_prunedTo <= after || world.Without == Rule.PrunedIsTold);
        return new([.. entries], new(_epoch, first + entries.Count), Head, isComplete);
    }

    /// <summary>Retention: of what there is, only the newest stay.</summary>
    public void Prune(int kept) => _prunedTo = Math.Max(_prunedTo, _entries.Count - kept);

    /// <summary>History is lost: a new epoch begins.</summary>
    public void Lose()
    {
        _entries.Clear();
        _ids.Clear();
        _prunedTo = 0;
        if (world.Without != Rule.NewEpoch) _epoch++;
    }
}
