namespace Notify.Tests.Model;

/// <summary>A client of one channel: what it was given, checked as it comes.</summary>
internal sealed class ModelMember(World world, ChannelId channel)
{
    private readonly HashSet<string> _ephemerals = [];
    private readonly List<Position> _received = [];
    private readonly List<Position> _lostBefore = [];
    private Position _last;

    public ChannelId Channel => channel;

    public bool IsWelcome { get; private set; }

    public Position Start { get; private set; }

    public void Welcome(Position start)
    {
        IsWelcome = true;
        Start = _last = start;
    }

    public void OnRetained(Position position, string id)
    {
        if (position.Epoch < _last.Epoch || (position.Epoch == _last.Epoch && position.Offset <= _last.Offset))
            world.Fail($"{channel}: {position} ({id}) came after {_last}: repeated or out of order");
        if (!world.LogOf(channel).Committed.Contains((position, id)))
            world.Fail($"{channel}: {id} came as {position}, which it is not in the log");
        _last = position;
        _received.Add(position);
    }

    public void OnEphemeral(Position follows, string id)
    {
        if (!_ephemerals.Add(id)) world.Fail($"{channel}: the ephemeral {id} came twice");
        if (follows.Epoch == _last.Epoch && follows.Offset > _last.Offset)
            world.Fail($"{channel}: the ephemeral {id} came before {follows} that it follows");
    }

    public void OnHistoryLost(Position newStart)
    {
        _lostBefore.Add(newStart);
        if (newStart.Epoch == _last.Epoch && newStart.Offset > _last.Offset) _last = newStart;
    }

    /// <summary>Everything committed after the start must have come, but for what was said to be lost.</summary>
    public void CheckComplete(bool mustBeUpToDate)
    {
        var received = _received.ToHashSet();
        foreach (var (position, id) in world.LogOf(channel).Committed)
        {
            if (received.Contains(position) || !IsAfter(position, Start)) continue;
            if (!mustBeUpToDate && IsAfter(position, _last)) continue;
            if (_lostBefore.Exists(lost => !IsAfter(position, lost))) continue;
            world.Fail($"{channel}: {position} ({id}) never came; started at {Start}, last was {_last}");
        }
    }

    private static bool IsAfter(Position a, Position b) => a.Epoch > b.Epoch || (a.Epoch == b.Epoch && a.Offset > b.Offset);
}
