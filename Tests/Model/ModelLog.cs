namespace Notify.Tests.Model;

/// <summary>The store of one channel as the model sees it: positions and ids. Survives silos, unless the schedule loses it.</summary>
internal sealed class ModelLog
{
    private readonly List<Notification> _entries = [];
    private long _epoch = 1; // known before anything is stored

    /// <summary>Everything ever committed, over all epochs: the ledger.</summary>
    public List<(Position Position, string Id)> Committed { get; } = [];

    public Position Head => new(_epoch, _entries.Count);

    public bool Append(Position expected, IReadOnlyList<Notification> notifications, bool isConditional)
    {
        if (isConditional && expected != Head) return false;
        foreach (var notification in notifications)
        {
            _entries.Add(notification);
            Committed.Add((Head, notification.Id));
        }

        return true;
    }

    public ChannelPage Read(ChannelRead read)
    {
        bool isKnown = read.After.Epoch == _epoch;
        long after = isKnown ? read.After.Offset : 0;
        var entries = _entries.Skip((int)after).Take(read.LimitEntries)
            .Select((n, i) => new PositionedNotification(new(_epoch, after + i + 1), n)).ToList();
        return new([.. entries], new(_epoch, after + entries.Count), Head, isKnown);
    }

    /// <summary>History is lost: a new epoch begins.</summary>
    public void Lose()
    {
        _entries.Clear();
        _epoch++;
    }
}
