namespace Notify.EdgeHost.Connections;

/// <summary>
/// Spreads pings over the interval without a timer per connection: a slot a second, each connection in the slot of its serial.
/// Under the delivery worker only.
/// </summary>
internal sealed class PingWheel
{
    private readonly List<Connection>[] _slots;
    private readonly int _timeoutTicks;
    private long _tick;

    /// <param name="everyTicks">Ticks from one ping to the next.</param>
    /// <param name="timeoutTicks">Ticks from a ping to the check for its answer; fewer than <paramref name="everyTicks"/>.</param>
    public PingWheel(int everyTicks, int timeoutTicks)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(timeoutTicks, everyTicks);
        _slots = new List<Connection>[everyTicks];
        for (int i = 0; i < everyTicks; i++) _slots[i] = [];
        _timeoutTicks = timeoutTicks;
    }

    /// <summary>Takes a connection in: its first ping comes after a part of the interval.</summary>
    public void Add(Connection connection)
    {
        var slot = SlotOf(connection);
        connection.WheelIndex = slot.Count;
        slot.Add(connection);
    }

    /// <summary>Lets it go.</summary>
    public void Remove(Connection connection)
    {
        var slot = SlotOf(connection);
        var last = slot[^1];
        slot[connection.WheelIndex] = last;
        last.WheelIndex = connection.WheelIndex;
        slot.RemoveAt(slot.Count - 1);
    }

    /// <summary>One tick on: whom to ping now, and whose answer should have come by now. Good until a connection comes or goes.</summary>
    public void Tick(out IReadOnlyList<Connection> ping, out IReadOnlyList<Connection> check)
    {
        _tick++;
        ping = _slots[_tick % _slots.Length];
        check = _slots[(_tick + _slots.Length - _timeoutTicks) % _slots.Length];
    }

    private List<Connection> SlotOf(Connection connection) => _slots[connection.Serial % _slots.Length];
}
