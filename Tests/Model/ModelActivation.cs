using Notify.Grains.Channels;
using Notify.Streams;

namespace Notify.Tests.Model;

/// <summary>One activation of a channel grain: the product's roster, and appends that take time.</summary>
internal sealed class ModelActivation
{
    private readonly World _world;
    private readonly ModelLog _log;
    private readonly Roster _roster = new(World.TombstoneLife);
    private readonly List<(Notification Notification, Action<bool> Done)> _gathered = [];
    private readonly Dictionary<EdgeId, long> _detached = [];
    private Position _head;
    private bool _isAppending;
    private bool _isEnding;

    public ModelActivation(World world, ModelSilo silo, ChannelId channel, string id)
    {
        (_world, Silo, Channel, Id) = (world, silo, channel, id);
        _log = world.LogOf(channel);
        _head = _log.Head;
    }

    public ModelSilo Silo { get; }

    public ChannelId Channel { get; }

    public string Id { get; }

    public bool IsActive { get; private set; } = true;

    public bool IsReachable => IsActive && Silo.IsAlive;

    public IEnumerable<RosterEntry> RosterEntries => _roster.Entries.ToArray();

    public AttachResult Attach(AttachRequest request)
    {
        if (_world.Without == Rule.Versions) request = request with { Version = _world.NextVersion() };
        if (Silo.Gone.Contains(request.Edge)) return Answer(AttachOutcome.EdgeGone);
        if (request.VerifyHead && _world.Without != Rule.VerifyHead && !_isAppending) _head = _log.Head;
        if (_world.Without != Rule.KnowAttached) Silo.Know(request.Edge);
        var outcome = _roster.Attach(request.Edge, request.Version, request.MemberCount, _world.Clock);
        if (outcome == AttachOutcome.Attached && request.Version < _detached.GetValueOrDefault(request.Edge))
            _world.Fail($"{Channel}: the attach {request.Version} of {request.Edge} undid a newer detach");
        return Answer(outcome);
    }

    public void Detach(DetachRequest request)
    {
        if (_world.Without == Rule.Versions) request = request with { Version = _world.NextVersion() };
        if (_roster.Detach(request.Edge, request.Version, _world.Clock)) _detached[request.Edge] = request.Version;
        if (_world.Without == Rule.Tombstones) _roster.Prune(DateTimeOffset.MaxValue);
    }

    public void EdgeGone(EdgeId edge) => _roster.Remove(edge);

    public ChannelPage Read(ChannelRead read) => _log.Read(read);

    public void Push(Notification notification, Action<bool> done)
    {
        if (!notification.Retain)
        {
            Offer(new() { Kind = DeliveryKind.Ephemeral, Channel = Channel, Position = _head, Notification = notification });
            done(true);
            return;
        }

        _gathered.Add((notification, done));
        if (!_isAppending) Append();
    }

    /// <summary>An orderly end: the append under way is waited for, edges are told.</summary>
    public void Deactivate()
    {
        if (!IsReachable) return;
        _isEnding = _isAppending;
        if (_isEnding) return;
        if (_world.Without != Rule.DeactivationNotice)
            Offer(new() { Kind = DeliveryKind.Deactivated, Channel = Channel, Activation = Id });
        IsActive = false;
        _world.Note($"{Id}: deactivated");
    }

    /// <summary>An end without a word: the directory forgot it.</summary>
    public void Vanish() => IsActive = false;

    public void CollectWhenIdle()
    {
        _roster.Prune(_world.Clock);
        if (_roster.EdgeCount == 0 && !_isAppending) IsActive = false;
        else if (_world.Without == Rule.AttachedStayActive) IsActive = false;
    }

    private void Append()
    {
        _isAppending = true;
        var batch = _gathered.ToArray();
        _gathered.Clear();
        _world.Time.After(_world.ShortDelay(), () =>
        {
            if (!IsReachable) _world.OnOrphanedAppend();
            bool isCommitted = _log.Append(_head, [.. batch.Select(b => b.Notification)], _world.Without != Rule.ConditionalAppend);
            _world.Time.After(_world.ShortDelay(), () => Appended(batch, isCommitted));
        });
    }

    private void Appended((Notification Notification, Action<bool> Done)[] batch, bool isCommitted)
    {
        _isAppending = false;
        if (!IsReachable) return; // committed or not: nobody is told
        if (!isCommitted)
        {
            Deactivate();
            return;
        }

        _world.Note($"{Id}: appended {batch.Length} after {_head}, roster {string.Join(',', RosterEntries.Select(e => e.Edge))}");
        foreach (var (notification, done) in batch)
        {
            _head = _head.Plus(1);
            Offer(new() { Kind = DeliveryKind.Retained, Channel = Channel, Position = _head, Notification = notification });
            done(true);
        }

        if (_isEnding) Deactivate();
        else if (_gathered.Count > 0) Append();
    }

    private void Offer(EdgeDelivery delivery)
    {
        foreach (var entry in _roster.Entries) Silo.Offer(entry.Edge, delivery);
    }

    private AttachResult Answer(AttachOutcome outcome)
    {
        _world.Note($"{Id}: attach {outcome} at {_head}, roster {string.Join(',', RosterEntries.Select(e => (e.Edge, e.Version)))}");
        return new(outcome, Silo.Id, Id, _head, []);
    }
}
