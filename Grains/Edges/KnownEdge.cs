using Notify.Grains.Channels;
using Notify.Streams;

namespace Notify.Grains.Edges;

/// <summary>
/// An edge as this silo knows it: what waits for it, where it listens, and which local channels have it in their roster. Thread safe.
/// </summary>
internal sealed class KnownEdge(EdgeId id, EdgeOutbox outbox, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly HashSet<ChannelCore> _channels = [];
    private volatile EdgeRegistration? _registration;
    private volatile bool _hasEnded;
    private long _lastNumber;
    private long _lastHeard = time.GetTimestamp();
    private int _isBeaconDue;

    public EdgeId Id => id;

    public EdgeOutbox Outbox => outbox;

    /// <summary>Set when there may be something to do for the edge's pump.</summary>
    public AsyncSignal Signal { get; } = new();

    /// <summary>Where the edge listens; null when it has not subscribed.</summary>
    public EdgeRegistration? Registration => _registration;

    /// <summary>The edge's lease has ended.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>Takes a delivery for the edge; false when it was dropped.</summary>
    public bool Offer(EdgeDelivery delivery)
    {
        if (_hasEnded || !outbox.Offer(delivery)) return false;
        Signal.Set();
        return true;
    }

    /// <summary>The newest registration wins; an older one that comes late is ignored. False when the edge has ended.</summary>
    public bool Register(IEdgeObserver observer, long number)
    {
        lock (_lock)
        {
            if (_hasEnded) return false;
            if (number <= _lastNumber) return true;
            _lastNumber = number;
            _registration?.Supersede();
            _registration = new(observer, number);
            _isBeaconDue = 1;
        }

        Signal.Set();
        return true;
    }

    /// <summary>Ends the registration unless a newer one has come.</summary>
    public void Unregister(long number)
    {
        lock (_lock)
        {
            if (number <= _lastNumber) return;
            _lastNumber = number;
            _registration?.Supersede();
            _registration = null;
        }

        Signal.Set();
    }

    /// <summary>A local channel has this edge in its roster; false when the edge has ended.</summary>
    public bool Join(ChannelCore channel)
    {
        lock (_lock)
        {
            if (_hasEnded) return false;
            _channels.Add(channel);
            return true;
        }
    }

    /// <summary>A local channel has it no more.</summary>
    public void Leave(ChannelCore channel)
    {
        lock (_lock) _channels.Remove(channel);
    }

    /// <summary>The lease has ended; the local channels that must take the edge out of their rosters.</summary>
    public ChannelId[] End()
    {
        lock (_lock)
        {
            _hasEnded = true;
            _registration?.Supersede();
            _registration = null;
            ChannelId[] channels = [.. _channels.Select(channel => channel.Channel)];
            _channels.Clear();
            Signal.Set();
            return channels;
        }
    }

    /// <summary>The pump sent something just now.</summary>
    public void Heard() => Volatile.Write(ref _lastHeard, time.GetTimestamp());

    /// <summary>Asks the pump for a beacon when it has sent nothing for so long.</summary>
    public void RequestBeacon(TimeSpan silence)
    {
        if (time.GetElapsedTime(Volatile.Read(ref _lastHeard)) < silence) return;
        Volatile.Write(ref _isBeaconDue, 1);
        Signal.Set();
    }

    /// <summary>Whether a beacon was asked for since the last call.</summary>
    public bool TakeBeaconRequest() => Interlocked.Exchange(ref _isBeaconDue, 0) != 0;
}
