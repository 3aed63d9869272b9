using System.Collections.Immutable;
using Notify.Grains.Edges;

namespace Notify.Tests.Model;

/// <summary>A cluster in virtual time, with everything that can go wrong, under one seed.</summary>
internal sealed class World
{
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan TombstoneLife = 2 * CallTimeout;
    public static readonly TimeSpan ResendAfter = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan BeaconEvery = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(3);
    public static readonly TimeSpan SyncEvery = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan LogTimeout = TimeSpan.FromMilliseconds(300);
    public static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(4);
    private const int PushAttempts = 3;
    public const int OutboxLimitBytes = 6 * EdgeOutbox.OverheadBytes;
    public const int BatchLimitBytes = 2 * EdgeOutbox.OverheadBytes;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Random _random;
    private readonly bool _isLossyLog;
    private readonly Dictionary<ChannelId, ModelLog> _logs = [];
    private readonly Dictionary<ChannelId, ModelActivation> _directory = [];
    private readonly List<ModelActivation> _doubles = [];
    private readonly List<ModelSilo> _silos = [];
    private readonly List<ModelEdge> _edges = [];
    private readonly ChannelId[] _channels = [new UserId("", "alice").Channel, new CompanyId("", "acme").Channel];
    private readonly List<string> _failures = [];
    private ImmutableArray<string> _alive = [];
    private (ModelSilo Silo, EdgeLeases Leases)? _leases;
    private long _version;
    private int _notifications;
    private bool _isCalm;
    private TimeSpan _quietFrom = TimeSpan.MaxValue;
    private bool _needsAudit;

    public World(int seed, Rule without)
    {
        _random = new(seed);
        Without = without;
        IsProviderLossy = _random.Next(2) == 0;
        _isLossyLog = _random.Next(4) == 0;
        foreach (var channel in _channels) _logs.Add(channel, new(this));
        for (int i = 0; i < 2; i++) AddSilo();
        for (int i = 0; i < 2; i++) AddEdge();
    }

    public Scheduler Time { get; } = new();

    public Rule Without { get; }

    /// <summary>The stream provider loses batches that it has confirmed.</summary>
    public bool IsProviderLossy { get; }

    public DateTimeOffset Clock => Start + Time.Now;

    public ImmutableArray<string> AliveSilos => _alive;

    /// <summary>Is told every step, for looking into a failed seed; null: nobody is.</summary>
    public Action<string>? Trace { get; init; }

    public void Note(FormattableString what) => Trace?.Invoke($"{Time.Now.TotalSeconds:0.0000} {FormattableString.Invariant(what)}");

    /// <summary>Runs one schedule and tells what went wrong.</summary>
    public IReadOnlyList<string> Run()
    {
        Time.RunUntil(TimeSpan.FromMilliseconds(100));
        int actions = 15 + _random.Next(40);
        for (int i = 0; i < actions && _failures.Count == 0; i++)
        {
            Disturb();
            Time.RunUntil(Time.Now + TimeSpan.FromMilliseconds(Chance(20) ? _random.Next(3000) : _random.Next(120)));
        }

        _isCalm = true;
        _quietFrom = Time.Now + TimeSpan.FromSeconds(14);
        Time.RunUntil(Time.Now + TimeSpan.FromSeconds(22));
        if (!_needsAudit) Check("before the audit");
        _quietFrom = TimeSpan.MaxValue;
        if (Without != Rule.Audit)
        {
            foreach (var edge in _edges) edge.Audit();
        }

        Time.RunUntil(Time.Now + TimeSpan.FromSeconds(12));

        Check("after the audit", withRosters: false);

        // What a second activation left in a roster goes with the next push.
        foreach (var channel in _channels) Push(channel, 1, retain: true);
        Time.RunUntil(Time.Now + TimeSpan.FromSeconds(5));
        Check("at the end");
        return _failures;
    }

    public void Fail(string what) => _failures.Add($"{Time.Now.TotalSeconds:0.000} s: {what}");

    /// <summary>An edge subscribes anew: never without a cause.</summary>
    public void OnSubscribe(EdgeId edge)
    {
        if (Time.Now > _quietFrom) Fail($"{edge} subscribes anew in a healthy cluster");
    }

    /// <summary>
    /// An append of a silo that has died, or one that was given up, lands after the channel's activation has read the head. Nobody was told that it is stored,
    /// and the next push or the audit finds it.
    /// </summary>
    public void OnOrphanedAppend() => _needsAudit = true;

    public long NextVersion() => ++_version;

    public bool Chance(int percent) => !_isCalm && _random.Next(100) < percent;

    public TimeSpan ShortDelay() => TimeSpan.FromMicroseconds(_random.Next(2000));

    /// <summary>Mostly the log answers.</summary>
    public AppendFate NextFate() => Chance(8) ? (AppendFate)_random.Next(1, 4) : AppendFate.Answered;

    /// <summary>How long after its time-out an append may still be stored.</summary>
    public TimeSpan LateCommit() => TimeSpan.FromMilliseconds(_random.Next(1500));

    public ModelLog LogOf(ChannelId channel) => _logs[channel];

    public ModelSilo? FindSilo(string id) => _silos.Find(s => s.Id == id && s.IsAlive);

    /// <summary>Sends something through the network: mostly fast, sometimes late (within twice the call time-out), sometimes never.</summary>
    public void Network(Action action)
    {
        if (Chance(4)) return;
        var delay = Chance(3) ? TimeSpan.FromMilliseconds(_random.Next(3900))
            : Chance(15) ? TimeSpan.FromMilliseconds(_random.Next(300))
            : TimeSpan.FromMicroseconds(_random.Next(3000));
        Time.After(delay, action);
    }

    /// <summary>The channel's activation, made where there is none; now and then a call still goes to a second one.</summary>
    public ModelActivation? Route(ChannelId channel)
    {
        if (Chance(30) && _doubles.Find(a => a.Channel == channel && a.IsReachable) is { } other) return other;
        if (_directory.TryGetValue(channel, out var activation) && activation.IsReachable) return activation;
        if (RandomSilo() is not { } silo) return null;
        return Activate(channel, silo);
    }

    /// <summary>The edge directory: moves, with nothing in memory, when its silo dies.</summary>
    public bool Directory(out EdgeLeases leases)
    {
        if (_leases is not { Silo.IsAlive: true })
        {
            if (RandomSilo() is { } silo) _leases = (silo, new(LeaseDuration, TimeSpan.FromHours(1), Clock));
            else _leases = null;
        }

        leases = _leases?.Leases!;
        return _leases is not null;
    }

    private void Disturb()
    {
        var edge = _edges[_random.Next(_edges.Count)];
        var channel = _channels[_random.Next(_channels.Length)];
        switch (_random.Next(100))
        {
            case < 25:
                Push(channel, 1 + _random.Next(4), retain: true);
                break;
            case < 34:
                Push(channel, 1, retain: false);
                break;
            case < 52:
                edge.Post(() => edge.Join(channel));
                break;
            case < 68 when edge.Members.Count > 0:
                var member = edge.Members[_random.Next(edge.Members.Count)];
                edge.Post(() => edge.Leave(member));
                break;
            case < 73:
                Deactivate(channel);
                break;
            case < 77:
                foreach (var activation in _silos.SelectMany(s => s.Activations).ToArray()) activation.CollectWhenIdle();
                break;
            case < 80 when _silos.Count(s => s.IsAlive) > 1:
                KillSilo();
                break;
            case < 82 when _silos.Count < 6:
                AddSilo();
                break;
            case < 86:
                edge.Pause(TimeSpan.FromMilliseconds(_random.Next(7000)));
                break;
            case < 88:
                edge.Kill();
                _edges.Remove(edge);
                AddEdge();
                break;
            case < 92:
                Double(channel);
                break;
            case < 96:
                _logs[channel].Prune(kept: _random.Next(4));
                Note($"{channel}: pruned");
                break;
            default:
                break;
        }
    }

    private void Push(ChannelId channel, int count, bool retain)
    {
        for (int i = 0; i < count; i++) Push(channel, new() { Id = $"n{++_notifications}", Retain = retain }, PushAttempts);
    }

    /// <summary>A pusher that does not hear that its notification is stored pushes it again with the same id.</summary>
    private void Push(ChannelId channel, Notification notification, int attempts)
    {
        bool isOver = false;
        Network(() => Route(channel)?.Push(notification, isStored => Network(() => End(isStored))));
        if (notification.Retain) Time.After(CallTimeout, () => End(false));

        void End(bool isStored)
        {
            if (isOver) return;
            isOver = true;
            if (!notification.Retain) return;
            if (!isStored && attempts > 1) Push(channel, notification, attempts - 1);
            if (isStored && !_logs[channel].Committed.Exists(stored => stored.Id == notification.Id)) Fail($"{channel}: {notification.Id} was acknowledged and is not stored");
        }
    }

    private void Deactivate(ChannelId channel)
    {
        if (_directory.TryGetValue(channel, out var activation)) activation.Deactivate();
    }

    /// <summary>The directory loses an activation that still runs: two of them, until one steps down. Only the audit is sure to mend it.</summary>
    private void Double(ChannelId channel)
    {
        if (!_directory.TryGetValue(channel, out var activation) || !activation.IsReachable || RandomSilo() is not { } silo) return;
        _needsAudit = true;
        _doubles.Add(activation);
        Note($"{channel}: {activation.Id} is doubled");
        Activate(channel, silo);
    }

    private ModelActivation Activate(ChannelId channel, ModelSilo silo)
    {
        var activation = new ModelActivation(this, silo, channel, $"activation{NextVersion()}");
        silo.Activations.Add(activation);
        Note($"{channel}: {activation.Id} on {silo.Id}");
        return _directory[channel] = activation;
    }

    private void AddSilo()
    {
        var silo = new ModelSilo(this, $"silo{NextVersion()}");
        _silos.Add(silo);
        _alive = [.. _silos.Where(s => s.IsAlive).Select(s => s.Id)];
        silo.Start();
    }

    private void KillSilo()
    {
        var silo = RandomSilo()!;
        silo.Kill();
        Note($"{silo.Id} killed");
        if (_isLossyLog)
        {
            foreach (var activation in silo.Activations.Where(a => a.IsActive)) _logs[activation.Channel].Lose();
        }

        // The others find out a little later.
        Time.After(TimeSpan.FromMilliseconds(_random.Next(1500)), () => _alive = [.. _silos.Where(s => s.IsAlive).Select(s => s.Id)]);
    }

    private void AddEdge()
    {
        var edge = new ModelEdge(this);
        _edges.Add(edge);
        edge.Start();
    }

    private ModelSilo? RandomSilo()
    {
        var alive = _silos.FindAll(s => s.IsAlive);
        return alive.Count == 0 ? null : alive[_random.Next(alive.Count)];
    }

    private void Check(string when, bool withRosters = true)
    {
        int before = _failures.Count;
        foreach (var edge in _edges)
        {
            foreach (var member in edge.Members)
            {
                if (!member.IsWelcome) Fail($"{member.Channel}: a member was never welcomed");
                else member.CheckComplete(mustBeUpToDate: true);
            }
        }

        foreach (var (channel, activation) in _directory)
        {
            if (!withRosters || !activation.IsReachable) continue;
            var holders = _edges.Where(e => e.Members.Exists(m => m.Channel == channel)).Select(e => e.Id).ToHashSet();
            var roster = activation.RosterEntries.Select(e => e.Edge).ToHashSet();
            if (!holders.IsSubsetOf(roster)) Fail($"{channel}: the roster lacks {string.Join(',', holders.Except(roster))}");
            if (!roster.IsSubsetOf(holders)) Fail($"{channel}: the roster still has {string.Join(',', roster.Except(holders))}");
        }

        for (int i = before; i < _failures.Count; i++) _failures[i] = $"{when}: {_failures[i]}";
    }
}
