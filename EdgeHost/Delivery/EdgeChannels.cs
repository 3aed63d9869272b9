using Notify.EdgeHost.Connections;
using Notify.Streams;

namespace Notify.EdgeHost.Delivery;

/// <summary>
/// All channels of this edge with their members: joins and leaves, deliveries, and whatever calls they lead to.
/// Under the delivery worker only.
/// </summary>
internal sealed class EdgeChannels(ChannelCalls calls, FanOut fanOut, Wakeups wakeups, EdgeChannelOptions options, Func<TimeSpan> clock)
{
    // A user's connections are listed by others, so that a change is reported at once.
    private readonly EdgeChannelOptions _userOptions = options with { ReportEvery = TimeSpan.Zero };
    private readonly Dictionary<ChannelId, ChannelEntry> _entries = [];
    private readonly List<ChannelEntry> _audit = [];
    private readonly Queue<ChannelEntry> _starved = [];
    private readonly HashSet<ChannelId> _strangers = [];
    private int _auditNext;
    private double _auditDebt;

    /// <summary>What is to happen when all channels of a joining are joined.</summary>
    public required Action<Joining> OnJoined { get; init; }

    /// <summary>What is to happen with every answer to an attach.</summary>
    public required Action<AttachResult> OnAttachAnswered { get; init; }

    /// <summary>What is to happen when a channel is let go.</summary>
    public Action<ChannelEntry> OnRemoved { get; init; } = static _ => { };

    /// <summary>How many channels have members or are not let go yet.</summary>
    public int Count => _entries.Count;

    /// <summary>All channels.</summary>
    public IReadOnlyCollection<ChannelEntry> All => _audit;

    /// <summary>Makes a connection a member of channels; <see cref="OnJoined"/> follows when all are joined, perhaps at once.</summary>
    public void Join(Joining joining)
    {
        joining.Remaining = 1; // held until all have been looked at
        foreach (var channel in joining.Channels)
        {
            var entry = GetOrAdd(channel);
            if (joining.Connection.SlotOf(channel) < 0)
            {
                Members.Join(entry, joining.Connection);
                entry.Channel.SetMembers(entry.Members.Count, clock());
            }

            // Whoever has a client id is welcomed when the user's grain has heard of it: of two, the one welcomed later is the newer.
            bool mustReport = channel.Kind == ChannelKind.User && joining.Connection.Entry.ClientId is not null && joining.IsWelcome;
            if (!entry.Channel.IsJoined || mustReport)
            {
                (entry.Waiting ??= []).Add((joining, mustReport ? entry.Reports + 1 : 0));
                joining.Remaining++;
            }

            Pump(entry);
        }

        if (--joining.Remaining == 0) OnJoined(joining);
    }

    /// <summary>Ends one membership.</summary>
    public void Leave(Connection connection, int slot)
    {
        var entry = connection.Memberships[slot].Entry;
        Members.Leave(connection, slot);
        entry.Channel.SetMembers(entry.Members.Count, clock());
        Pump(entry);
    }

    /// <summary>Where a channel's members are; for one that is not there, the unknown position.</summary>
    public Position AppliedOf(ChannelId channel) =>
        _entries.TryGetValue(channel, out var entry) ? entry.Channel.Applied : default;

    /// <summary>The channel's entry; null when it has none.</summary>
    public ChannelEntry? Find(ChannelId channel) => _entries.GetValueOrDefault(channel);

    /// <summary>A delivery about a channel.</summary>
    public void OnDelivery(EdgeDelivery delivery)
    {
        if (!_entries.TryGetValue(delivery.Channel, out var entry))
        {
            if (delivery.Kind != DeliveryKind.Deactivated) LeaveStranger(delivery.Channel);
            return;
        }

        fanOut.Target = entry;
        entry.Channel.OnDelivery(delivery, clock(), fanOut);
        Pump(entry);
    }

    /// <summary>What this silo sent may be lost: the channels attached there attach again.</summary>
    public void OnSiloUncertain(string silo)
    {
        foreach (var entry in _audit.ToArray())
        {
            entry.Channel.OnSiloUncertain(silo);
            Pump(entry);
        }
    }

    /// <summary>Something about a channel does not fit together: it attaches again.</summary>
    public void Reattach(ChannelEntry entry)
    {
        if (!IsCurrent(entry)) return;
        entry.Channel.RequireAttach();
        Pump(entry);
    }

    /// <summary>Has so large a part of all channels attach again, one after the other.</summary>
    public void Audit(double part)
    {
        _auditDebt += part * _audit.Count;
        for (; _auditDebt >= 1; _auditDebt--)
        {
            if (_audit.Count == 0) return;
            if (_auditNext >= _audit.Count) _auditNext = 0;
            var entry = _audit[_auditNext++];
            entry.Channel.RequireAttach();
            Pump(entry);
        }
    }

    /// <summary>Looks at the channels whose time has come.</summary>
    public void Wake()
    {
        while (wakeups.TryTakeDue(clock(), out var entry))
        {
            if (IsCurrent(entry)) Pump(entry);
        }
    }

    /// <summary>Detaches all at once, for an edge that stops; done when all calls have been answered.</summary>
    public async Task DetachAllAsync(DeliveryWorker worker)
    {
        var pending = new Queue<ChannelId>(_audit.Select(e => e.Id));
        if (pending.Count == 0) return;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int remaining = pending.Count;
        worker.Post(Next);
        await done.Task;

        void Next()
        {
            while (calls.HasRoom && pending.TryDequeue(out var channel))
            {
                calls.Detach(channel, _ =>
                {
                    if (--remaining == 0) done.SetResult();
                    else Next();
                });
            }
        }
    }

    // The roster believes that this edge has members: a detach that was lost, or overtaken.
    private void LeaveStranger(ChannelId channel)
    {
        if (calls.HasRoom && _strangers.Add(channel)) calls.Detach(channel, _ => _strangers.Remove(channel));
    }

    private ChannelEntry GetOrAdd(ChannelId channel)
    {
        if (_entries.TryGetValue(channel, out var entry)) return entry;
        entry = new(channel, channel.Kind == ChannelKind.User ? _userOptions : options) { AuditIndex = _audit.Count };
        _entries.Add(channel, entry);
        _audit.Add(entry);
        return entry;
    }

    /// <summary>Does what a channel wants done now, and finds out when it is to be asked again.</summary>
    private void Pump(ChannelEntry entry)
    {
        var now = clock();
        var channel = entry.Channel;
        if (calls.HasRoom && channel.NextRosterCall(now) is { } call) Start(entry, call);
        if (calls.HasRoom)
        {
            if (channel.NextRead(now) is { } read) calls.Read(entry, read, OnPage);
        }
        else if (!entry.IsStarved)
        {
            entry.IsStarved = true;
            _starved.Enqueue(entry);
        }

        if (channel.IsJoined && entry.Waiting is { } waiting) TellWaiting(entry, waiting);
        if (channel.IsFinished) Remove(entry);
        else if (!entry.IsStarved) wakeups.Set(entry, channel.NextWakeup(now), now);
    }

    private void TellWaiting(ChannelEntry entry, List<(Joining Joining, int Report)> waiting)
    {
        entry.Waiting = waiting.FindAll(w => w.Report > entry.Reported) is { Count: > 0 } left ? left : null;
        foreach (var (joining, report) in waiting)
        {
            if (report <= entry.Reported && --joining.Remaining == 0) OnJoined(joining);
        }
    }

    private void Start(ChannelEntry entry, RosterCall call)
    {
        if (call == RosterCall.Attach)
        {
            entry.Reports++;
            calls.Attach(entry, OnAttached);
        }
        else calls.Detach(entry.Id, isDone => OnDetached(entry, isDone));
    }

    private void OnAttached(ChannelEntry entry, AttachResult? result)
    {
        if (IsCurrent(entry))
        {
            if (result is null)
            {
                entry.Channel.OnRosterCallFailed(clock());
            }
            else
            {
                OnAttachAnswered(result);
                entry.Reported = entry.Reports; // one is under way at a time
                fanOut.Target = entry;
                entry.Channel.OnAttached(result, clock(), fanOut);
            }

            Pump(entry);
        }

        Feed();
    }

    private void OnDetached(ChannelEntry entry, bool isDone)
    {
        if (IsCurrent(entry))
        {
            if (isDone) entry.Channel.OnDetached(clock());
            else entry.Channel.OnRosterCallFailed(clock());
            Pump(entry);
        }

        Feed();
    }

    private void OnPage(ChannelEntry entry, ChannelPage? page)
    {
        if (IsCurrent(entry))
        {
            fanOut.Target = entry;
            if (page is null) entry.Channel.OnReadFailed(clock());
            else entry.Channel.OnPage(page, clock(), fanOut);
            Pump(entry);
        }

        Feed();
    }

    private void Feed()
    {
        while (calls.HasRoom && _starved.TryDequeue(out var entry))
        {
            entry.IsStarved = false;
            if (IsCurrent(entry)) Pump(entry);
        }
    }

    private bool IsCurrent(ChannelEntry entry) => _entries.TryGetValue(entry.Id, out var current) && ReferenceEquals(current, entry);

    private void Remove(ChannelEntry entry)
    {
        _ = _entries.Remove(entry.Id);
        OnRemoved(entry);
        wakeups.Set(entry, null, clock());
        var last = _audit[^1];
        _audit[entry.AuditIndex] = last;
        last.AuditIndex = entry.AuditIndex;
        _audit.RemoveAt(_audit.Count - 1);
    }
}
