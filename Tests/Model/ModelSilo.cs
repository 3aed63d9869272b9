using Notify.Grains.Edges;
using Notify.Streams;

namespace Notify.Tests.Model;

/// <summary>One silo: the product's outboxes, and a pump for each.</summary>
internal sealed class ModelSilo(World world, string id)
{
    private sealed class Lane(EdgeOutbox outbox)
    {
        public EdgeOutbox Outbox => outbox;
        public ModelEdge? Observer;
        public EdgeBatch? Sent;
        public int Attempt;
    }

    private readonly Dictionary<EdgeId, Lane> _lanes = [];

    public string Id => id;

    public bool IsAlive { get; private set; } = true;

    /// <summary>Edges that this silo knows to be gone.</summary>
    public HashSet<EdgeId> Gone { get; } = [];

    public List<ModelActivation> Activations { get; } = [];

    public IEnumerable<EdgeId> Edges => _lanes.Keys;

    public void Start()
    {
        Beacon();
        Sync();
    }

    public void Kill()
    {
        IsAlive = false;
        _lanes.Clear();
    }

    public void Subscribe(EdgeId edge, ModelEdge observer)
    {
        if (Gone.Contains(edge)) return;
        var lane = LaneOf(edge);
        lane.Observer = observer;
        if (world.Without != Rule.Resend) lane.Sent = null;
        Pump(edge, lane);
    }

    /// <summary>An edge is in a roster here: its lease is this silo's business from now on.</summary>
    public void Know(EdgeId edge) => LaneOf(edge);

    public void Offer(EdgeId edge, EdgeDelivery delivery)
    {
        if (!IsAlive || Gone.Contains(edge)) return;
        var lane = LaneOf(edge);
        lane.Outbox.Offer(delivery);
        Pump(edge, lane);
    }

    private Lane LaneOf(EdgeId edge)
    {
        if (!_lanes.TryGetValue(edge, out var lane))
            _lanes.Add(edge, lane = new(new EdgeOutbox(id, World.OutboxLimitBytes, World.BatchLimitBytes)));
        return lane;
    }

    private void Pump(EdgeId edge, Lane lane)
    {
        if (!IsAlive || lane.Observer is null || lane.Sent is not null || lane.Outbox.Next(world.AliveSilos) is not { } batch) return;
        lane.Sent = batch;
        Send(edge, lane, batch, () => Confirmed(edge, lane, batch));
        int attempt = ++lane.Attempt;
        world.Time.After(World.ResendAfter, () =>
        {
            if (!IsAlive || lane.Sent is null || lane.Attempt != attempt || world.Without == Rule.Resend) return;
            lane.Sent = null;
            Pump(edge, lane);
        });
    }

    private void Confirmed(EdgeId edge, Lane lane, EdgeBatch batch)
    {
        if (!IsAlive) return;
        lane.Outbox.Confirm(batch.LastSequence);
        if (!ReferenceEquals(lane.Sent, batch)) return;
        lane.Sent = null;
        Pump(edge, lane);
    }

    private void Send(EdgeId edge, Lane lane, EdgeBatch batch, Action confirmed)
    {
        var observer = lane.Observer!;
        bool isLostInProvider = world.IsProviderLossy && world.Chance(5);
        void Confirm() => world.Network(confirmed);
        if (isLostInProvider)
        {
            Confirm(); // a provider that says it has it, and then loses it
            return;
        }

        int copies = world.Chance(10) ? 2 : 1;
        for (int i = 0; i < copies; i++)
            world.Network(() => observer.Post(() =>
            {
                observer.OnBatch(edge, batch);
                Confirm();
            }));
    }

    private void Beacon()
    {
        if (!IsAlive) return;
        foreach (var (edge, lane) in _lanes)
        {
            if (lane.Observer is not null && lane.Sent is null && world.Without != Rule.Beacons)
                Send(edge, lane, lane.Outbox.Beacon(world.AliveSilos), () => { });
        }

        world.Time.After(World.BeaconEvery, Beacon);
    }

    private void Sync()
    {
        if (!IsAlive) return;
        if (world.Directory(out var leases))
        {
            foreach (var edge in _lanes.Keys) leases.Adopt(edge, world.Clock);
            foreach (var edge in leases.Snapshot(world.Clock).Gone) Bury(edge);
        }

        world.Time.After(World.SyncEvery, Sync);
    }

    private void Bury(EdgeId edge)
    {
        if (!Gone.Add(edge) || world.Without == Rule.DeadEdgesLeave) return;
        _lanes.Remove(edge);
        foreach (var activation in Activations) activation.EdgeGone(edge);
    }
}
