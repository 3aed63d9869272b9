using Notify.Protocol;

namespace Notify.EdgeHost.Connections;

/// <summary>
/// Closes connections whose identity has ended. Only those that end before they are looked at again wait in the list, so that it stays
/// short however many connections there are and however often they are renewed. Under the delivery worker only.
/// </summary>
internal sealed class Expiries(TimeSpan lookedAtEvery, TimeProvider clock, Action<Connection, CloseReason> close)
{
    private readonly PriorityQueue<Connection, DateTimeOffset> _soon = new();

    /// <summary>To be called when a connection comes, is renewed, and at each ping.</summary>
    public void Watch(Connection connection)
    {
        if (connection.IsExpiring || connection.Identity.Grant.ExpiresAt is not { } end) return;
        if (end - clock.GetUtcNow() > 2 * lookedAtEvery) return;
        connection.IsExpiring = true;
        _soon.Enqueue(connection, end);
    }

    /// <summary>A second has passed.</summary>
    public void Tick()
    {
        var now = clock.GetUtcNow();
        while (_soon.TryPeek(out var connection, out var end) && end <= now)
        {
            _ = _soon.Dequeue();
            connection.IsExpiring = false;
            if (connection.HasLeft || connection.ClosedBy is not null) continue;
            if (connection.Identity.Grant.ExpiresAt <= now) close(connection, new(CloseCodes.Expired, "the token has expired"));
            else Watch(connection); // renewed meanwhile
        }
    }
}
