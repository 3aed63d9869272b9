using Notify.Grains.Channels;
using Notify.Streams;

namespace Notify.Tests.Model;

/// <summary>One activation of a channel grain: the product's roster, and appends that take time.</summary>
internal sealed class ModelActivation
{
    private readonly World _world;
    private readonly ModelLog _log;
    private readonly Roster _roster = new(World.TombstoneLife);
    private readonly List<Notification> _gathered = [];
    private readonly Dictionary<EdgeId, long> _detached = [];
    private readonly HashSet<string> _stored = [];
    private readonly Dictionary<string, Action<bool>> _pending = [];
    private Position _head;
    private bool _isLoaded;
    private bool _isAppending;
    private bool _isEnding;

    public ModelActivation(World world, ModelSilo silo, ChannelId channel, string id)
    {
        (_world, Silo, Channel, Id) = (world, silo, channel, id);
        _log = world.LogOf(channel);
        _head = _log.Head;
        Load();
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
        if (request.VerifyHead && _world.Without != Rule.VerifyHead && !_isAppending) Load();
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

        if (_stored.Contains(notification.Id))
        {
            done(true);
            return;
        }

        bool isPending = _pending.TryGetValue(notification.Id, out var others);
        _pending[notification.Id] = others + done;
        if (isPending) return;
        _gathered.Add(notification);
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

    /// <summary>Asks the log; edges hear of a head that moved unseen.</summary>
    private void Load()
    {
        bool hasMoved = _head != _log.Head;
        _head = _log.Head;
        _isLoaded = true;
        if (_world.Without != Rule.StoredIds) _stored.UnionWith(_log.RecentIds);
        if (hasMoved && _world.Without != Rule.TellMovedHead) Offer(new() { Kind = DeliveryKind.Head, Channel = Channel, Position = _head });
    }

    private void Append()
    {
        _isAppending = true;
        if (!_isLoaded) Load();
        foreach (var notification in _gathered.Where(n => _stored.Contains(n.Id))) Answer(notification, true); // loading has shown it
        var batch = _gathered.Where(n => !_stored.Contains(n.Id)).ToArray();
        _gathered.Clear();
        var fate = _world.NextFate();
        var expected = _head;
        _world.Time.After(_world.ShortDelay(), () =>
        {
            bool isCommitted = fate is AppendFate.Answered or AppendFate.CommittedUnheard && Commit(batch);
            if (fate == AppendFate.Answered) _world.Time.After(_world.ShortDelay(), () => Appended(batch, isCommitted));
            else _world.Time.After(World.LogTimeout, () => TimedOut(batch));
            if (fate == AppendFate.CommittedLate)
            {
                _world.Time.After(World.LogTimeout + _world.LateCommit(), () =>
                {
                    _world.OnOrphanedAppend(); // as of a silo that has died: the next push or the audit finds it
                    _ = Commit(batch);
                });
            }
        });

        bool Commit(Notification[] notifications)
        {
            if (!IsReachable) _world.OnOrphanedAppend();
            return _log.Append(expected, notifications, _world.Without != Rule.ConditionalAppend);
        }
    }

    private void Appended(Notification[] batch, bool isCommitted)
    {
        _isAppending = false;
        if (!IsReachable) return; // committed or not: nobody is told
        if (!isCommitted)
        {
            foreach (var notification in batch) Answer(notification, false);
            Deactivate();
            return;
        }

        _world.Note($"{Id}: appended {batch.Length} after {_head}, roster {string.Join(',', RosterEntries.Select(e => e.Edge))}");
        foreach (var notification in batch)
        {
            _head = _head.Plus(1);
            _stored.Add(notification.Id);
            Offer(new() { Kind = DeliveryKind.Retained, Channel = Channel, Position = _head, Notification = notification });
            Answer(notification, true);
        }

        GoOn();
    }

    /// <summary>Stored or not, or later: the log is asked at once, and if it does not answer either, before the next append.</summary>
    private void TimedOut(Notification[] batch)
    {
        _isAppending = false;
        if (!IsReachable) return;
        _world.Note($"{Id}: an append of {batch.Length} after {_head} timed out, the log's head is {_log.Head}");
        if (_world.Without != Rule.ReloadUnknown)
        {
            _isLoaded = false;
            if (_world.Chance(20)) _world.OnOrphanedAppend();
            else Load();
        }

        foreach (var notification in batch) Answer(notification, _stored.Contains(notification.Id));
        GoOn();
    }

    private void GoOn()
    {
        if (_isEnding) Deactivate();
        else if (_gathered.Count > 0) Append();
    }

    private void Answer(Notification notification, bool isStored)
    {
        if (_pending.Remove(notification.Id, out var done)) done(isStored);
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
