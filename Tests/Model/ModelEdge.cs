using Notify.EdgeHost.Delivery;
using Notify.EdgeHost.Lifecycle;
using Notify.Streams;

namespace Notify.Tests.Model;

/// <summary>One edge process: the product's channels, links and lease, driven as the edge's shell drives them.</summary>
internal sealed class ModelEdge(World world) : IEmitter
{
    private readonly EdgeChannelOptions _channelOptions = new()
    {
        LateCallLife = world.Without == Rule.DetachAgain ? TimeSpan.Zero : World.CallTimeout,
        Linger = TimeSpan.FromSeconds(1),
        RetryMost = TimeSpan.FromSeconds(1),
        ReportEvery = TimeSpan.FromSeconds(1),
        HeldLimitCount = 4,
        ReadLimitEntries = 3,
    };

    private readonly Dictionary<ChannelId, EdgeChannel> _channels = [];
    private readonly Dictionary<ChannelId, TimeSpan> _wakeups = [];
    private readonly Queue<Action> _inbox = [];
    private SiloLinks _links = null!;
    private EdgeLease _lease = null!;
    private int _generation;
    private bool _isPaused;

    public EdgeId Id { get; private set; }

    public bool IsDead { get; private set; }

    public List<ModelMember> Members { get; } = [];

    public void Start()
    {
        Register();
        Tick();
    }

    public void Kill()
    {
        IsDead = true;
        Members.Clear();
    }

    public void Pause(TimeSpan duration)
    {
        if (_isPaused || IsDead) return;
        world.Note($"{Id}: pauses for {duration}");
        _isPaused = true;
        world.Time.After(duration, () =>
        {
            _isPaused = false;
            if (world.Without != Rule.LeaseSelfCheck) CheckLease();
            while (_inbox.TryDequeue(out var action)) action();
        });
    }

    /// <summary>Runs something in this process: at once, or when it wakes up.</summary>
    public void Post(Action action)
    {
        if (IsDead) return;
        if (_isPaused) _inbox.Enqueue(action);
        else action();
    }

    public void Join(ChannelId channel)
    {
        if (world.Without != Rule.LeaseSelfCheck) CheckLease();
        world.Note($"{Id}: {channel} joined");
        var member = new ModelMember(world, channel);
        Members.Add(member);
        if (!_channels.TryGetValue(channel, out var entry)) _channels.Add(channel, entry = new(channel, _channelOptions));
        entry.SetMembers(CountOf(channel), world.Time.Now);
        Advance(entry);
    }

    public void Leave(ModelMember member)
    {
        if (!Members.Remove(member)) return;
        world.Note($"{Id}: {member.Channel} left");
        member.CheckComplete(mustBeUpToDate: false);
        if (_channels.TryGetValue(member.Channel, out var entry))
        {
            entry.SetMembers(CountOf(member.Channel), world.Time.Now);
            Advance(entry);
        }
    }

    /// <summary>A batch has come to the observer of one registration; an earlier registration's observer is deaf.</summary>
    public void OnBatch(EdgeId registeredAs, EdgeBatch batch)
    {
        if (registeredAs != Id && world.Without != Rule.ObserverPerRegistration) return;
        world.Note($"{Id}: batch of {batch.Silo} {batch.FirstSequence}..{batch.LastSequence}: {string.Join(' ', batch.Deliveries.Select(d => $"{d.Kind}:{d.Channel}:{d.Position}{d.Activation}"))}");
        Act(_links.OnBatch(batch, world.Time.Now, out int skip), Rule.SequenceGap);
        if (world.Without == Rule.SequenceRepeats) skip = 0;
        foreach (var delivery in batch.Deliveries.Skip(skip)) OnDelivery(delivery);
    }

    public void Audit()
    {
        foreach (var channel in _channels.Values.ToArray())
        {
            channel.RequireAttach();
            Advance(channel);
        }
    }

    public void Emit(EdgeDelivery delivery)
    {
        foreach (var member in Members)
        {
            if (!member.IsWelcome || member.Channel != delivery.Channel) continue;
            if (delivery.Kind == DeliveryKind.Ephemeral) member.OnEphemeral(delivery.Position, delivery.Notification!.Id);
            else if (delivery.Position.Epoch != member.Start.Epoch || delivery.Position.Offset > member.Start.Offset) member.OnRetained(delivery.Position, delivery.Notification!.Id);
        }
    }

    public void HistoryLost(ChannelId channel, Position newStart)
    {
        foreach (var member in Members)
        {
            if (member.IsWelcome && member.Channel == channel) member.OnHistoryLost(newStart);
        }
    }

    private int CountOf(ChannelId channel) => Members.Count(m => m.Channel == channel);

    private void OnDelivery(EdgeDelivery delivery)
    {
        if (!_channels.TryGetValue(delivery.Channel, out var channel))
        {
            if (delivery.Kind == DeliveryKind.Deactivated || world.Without == Rule.UnknownChannelDetach) return;
            var detach = new DetachRequest(Id, world.NextVersion());
            Call(() => world.Route(delivery.Channel)?.Detach(detach), () => { }, () => { });
            return;
        }

        if (delivery.Kind == DeliveryKind.Head && world.Without == Rule.Heads) return;
        if (!channel.IsJoined && world.Without == Rule.HoldEarly && delivery.Kind != DeliveryKind.Deactivated) return;
        if (channel.Activation is null && delivery.Kind == DeliveryKind.Deactivated && world.Without == Rule.NoticeBeforeAnswer) return;
        if (world.Without == Rule.PositionRepeats && delivery.Kind == DeliveryKind.Retained) Emit(delivery);
        channel.OnDelivery(delivery, world.Time.Now, this);
        Advance(channel);
    }

    private void Register()
    {
        _generation++;
        Id = new($"edge{world.NextVersion()}");
        _links = new(World.SilenceLimit, world.Without == Rule.RememberSilos ? TimeSpan.Zero : TimeSpan.FromSeconds(20));
        _lease = new(world.Time.Now, World.LeaseDuration);
        foreach (var member in Members) member.CheckComplete(mustBeUpToDate: false);
        Members.Clear();
        _channels.Clear();
        _wakeups.Clear();
    }

    private void CheckLease()
    {
        if (_lease.IsLost(world.Time.Now)) Register();
    }

    private void Tick()
    {
        if (IsDead) return;
        Post(() =>
        {
            if (world.Without != Rule.LeaseSelfCheck) CheckLease();
            Renew();
            Act(_links.OnTick(world.Time.Now), Rule.SiloGone);
        });
        world.Time.After(TimeSpan.FromSeconds(1), Tick);
    }

    private void Renew()
    {
        var sentAt = world.Time.Now;
        var id = Id;
        LeaseResult? result = null;
        Call(
            () =>
            {
                if (world.Directory(out var leases)) result = new(leases.Renew(id, world.Clock), leases.Lease, world.AliveSilos);
            },
            () =>
            {
                if (result is null) return;
                if (world.Without != Rule.LeaseSelfCheck) _lease.OnAnswer(result, sentAt);
                Act(_links.OnAlive(result.Silos, world.Time.Now), Rule.SiloGone);
            },
            () => { });
    }

    private void Act(SiloFindings findings, Rule rule)
    {
        if (findings.Subscribe)
        {
            world.OnSubscribe(Id);
            world.Note($"{Id}: subscribes; uncertain {string.Join(',', findings.Uncertain)}");
            var id = Id;
            foreach (string silo in _links.Silos)
                Call(() => world.FindSilo(silo)?.Subscribe(id, this), () => { }, () => { });
        }

        if (world.Without == rule) return;
        foreach (string silo in findings.Uncertain)
        {
            foreach (var channel in _channels.Values.ToArray())
            {
                channel.OnSiloUncertain(silo);
                Advance(channel);
            }
        }
    }

    /// <summary>Makes the calls that the channel wants, welcomes who waits, and comes back when it says so.</summary>
    private void Advance(EdgeChannel channel)
    {
        var now = world.Time.Now;
        if (channel.NextRosterCall(now) is { } call) CallRoster(channel, call);
        if (world.Without != Rule.ReadMissing && channel.NextRead(now) is { } read) CallRead(channel, read);
        if (channel.IsJoined || world.Without == Rule.WelcomeAfterAttach)
        {
            foreach (var member in Members)
            {
                if (!member.IsWelcome && member.Channel == channel.Id) member.Welcome(channel.Applied);
            }
        }

        if (channel.IsFinished && _channels.GetValueOrDefault(channel.Id) == channel)
        {
            _channels.Remove(channel.Id);
            _wakeups.Remove(channel.Id);
        }
        else if (channel.NextWakeup(now) is { } wakeup && (!_wakeups.TryGetValue(channel.Id, out var planned) || planned <= now || wakeup < planned))
        {
            var at = wakeup <= now ? now + TimeSpan.FromMilliseconds(1) : wakeup;
            _wakeups[channel.Id] = at;
            world.Time.After(at - now, () => Post(() =>
            {
                if (_channels.GetValueOrDefault(channel.Id) == channel) Advance(channel);
            }));
        }
    }

    private void CallRoster(EdgeChannel channel, RosterCall call)
    {
        long version = world.NextVersion();
        world.Note($"{Id}: {channel.Id} {call} {version}, applied {channel.Applied}");
        var id = Id;
        int count = CountOf(channel.Id);
        bool verify = channel.VerifyHead;
        var target = world.Chance(50) ? world.Route(channel.Id) : null;
        if (call == RosterCall.Attach)
        {
            AttachResult? result = null;
            Call(
                () => result = Target()?.Attach(new(id, version, count, [], verify)),
                () =>
                {
                    if (result is null) channel.OnRosterCallFailed(world.Time.Now);
                    else
                    {
                        channel.OnAttached(result, world.Time.Now, this);
                        world.Note($"{id}: {channel.Id} attach {version} answered, applied {channel.Applied}");
                        if (result.Outcome == AttachOutcome.Attached && _links.Expect(result.Silo, world.Time.Now)) Act(new(true, []), Rule.None);
                    }

                    Advance(channel);
                },
                Failed,
                isLateWelcome: world.Without == Rule.OneCallInFlight);
        }
        else
        {
            bool isApplied = false;
            Call(
                () =>
                {
                    if (Target() is not { } activation) return;
                    activation.Detach(new(id, version));
                    isApplied = true;
                },
                () =>
                {
                    if (isApplied) channel.OnDetached(world.Time.Now);
                    else channel.OnRosterCallFailed(world.Time.Now);
                    Advance(channel);
                },
                Failed,
                isLateWelcome: world.Without == Rule.OneCallInFlight);
        }

        // Without the rule the next call is made while this one is still under way.
        if (world.Without == Rule.OneCallInFlight) channel.OnRosterCallFailed(world.Time.Now);

        ModelActivation? Target() => target is { IsReachable: true } ? target : target is { Silo.IsAlive: false } ? null : world.Route(channel.Id);

        void Failed()
        {
            world.Note($"{id}: {channel.Id} {call} {version} failed");
            channel.OnRosterCallFailed(world.Time.Now);
            Advance(channel);
        }
    }

    private void CallRead(EdgeChannel channel, ChannelRead read)
    {
        ChannelPage? page = null;
        Call(
            () => page = world.Route(channel.Id)?.Read(read),
            () =>
            {
                if (page is null) channel.OnReadFailed(world.Time.Now);
                else channel.OnPage(page, world.Time.Now, this);
                Advance(channel);
            },
            () =>
            {
                channel.OnReadFailed(world.Time.Now);
                Advance(channel);
            });
    }

    /// <summary>A call to a grain: request and answer may be late or lost; after the time-out the answer is not heard any more.</summary>
    private void Call(Action atGrain, Action answered, Action failed, bool isLateWelcome = false)
    {
        int generation = _generation;
        bool isOver = false;
        world.Network(() =>
        {
            atGrain();
            world.Network(() => Post(() => End(answered)));
        });
        if (!isLateWelcome) world.Time.After(World.CallTimeout, () => Post(() => End(failed)));

        void End(Action how)
        {
            if (isOver || generation != _generation) return;
            isOver = true;
            how();
        }
    }
}
