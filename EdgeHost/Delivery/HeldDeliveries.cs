using Notify.Streams;

namespace Notify.EdgeHost.Delivery;

/// <summary>
/// Deliveries that can't be passed on yet, in the order in which they will be: by position, a retained notification before the ephemeral
/// ones that follow it, else as they came. Bounded. Pure; not thread safe.
/// </summary>
internal sealed class HeldDeliveries(int limitCount, int limitBytes)
{
    private readonly List<EdgeDelivery> _held = [];
    private int _bytes;

    public int Count => _held.Count;

    /// <summary>Keeps a delivery; false when there is no room.</summary>
    public bool TryAdd(EdgeDelivery delivery)
    {
        int bytes = delivery.Notification?.Payload.Length ?? 0;
        if (_held.Count >= limitCount || _bytes + bytes > limitBytes) return false;
        int at = _held.Count;
        while (at > 0 && IsAfter(_held[at - 1], delivery)) at--;
        _held.Insert(at, delivery);
        _bytes += bytes;
        return true;
    }

    public bool TryPeek(out EdgeDelivery delivery)
    {
        delivery = _held.Count > 0 ? _held[0] : null!;
        return delivery is not null;
    }

    public void RemoveFirst()
    {
        _bytes -= _held[0].Notification?.Payload.Length ?? 0;
        _held.RemoveAt(0);
    }

    private static bool IsAfter(EdgeDelivery a, EdgeDelivery b)
    {
        if (a.Position.Epoch != b.Position.Epoch) return a.Position.Epoch > b.Position.Epoch;
        if (a.Position.Offset != b.Position.Offset) return a.Position.Offset > b.Position.Offset;
        return a.Kind == DeliveryKind.Ephemeral && b.Kind != DeliveryKind.Ephemeral;
    }
}
