using System.Security.Cryptography;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Delivery;
using Notify.EdgeHost.Resume;
using Notify.EdgeHost.Security;
using Notify.EdgeHost.Sessions;
using Notify.EdgeHost.Telemetry;
using Notify.EdgeHost.Transports;
using Notify.Protocol;
using Notify.Streams;

namespace Notify.EdgeHost.Lifecycle;

/// <summary>
/// One edge, under one id, from its registration to the end of its lease: the connections, the channels, and the worker that owns
/// both. Members that say "worker" run under it; all others may be called by any thread.
/// </summary>
internal sealed class Edge : IDisposable
{
    // Longer than any call or batch of a silo that has gone can be under way.
    private static readonly TimeSpan FormerSilosMemory = TimeSpan.FromMinutes(1);

    private readonly EdgeParts _parts;
    private readonly DeliveryWorker _worker;
    private readonly EdgeConnections _connections;
    private readonly EdgeChannels _channels;
    private readonly ChannelCalls _calls;
    private readonly Wakeups _wakeups;
    private readonly FanOut _fanOut;
    private readonly ReplayReads _replayReads;
    private readonly Replays _replays;
    private readonly Memberships _memberships;
    private readonly SessionAnswers _answers;
    private readonly Expiries _expiries;
    private readonly long _startedAt;
    private Task? _working;
    private long _serial;

    public Edge(EdgeId id, EdgeParts parts)
    {
        Id = id;
        _parts = parts;
        _startedAt = parts.Clock.GetTimestamp();
        _worker = new(parts.Options.BatchesLimitCount, OnBatch, () => _fanOut!.Flush(), parts.Logger);
        _connections = new(parts.Connections, parts.Metrics, parts.Logger) 
        {
            OnPing = c =>
            {
                _replays!.OnPing(c);
                _expiries!.Watch(c);
            },
        };
        _expiries = new(parts.Connections.PingEvery, parts.Clock, CloseNow);
        _calls = new(
            parts.Grains, id, _worker, parts.Options.CallTimeout, parts.Options.CallsLimitCount, parts.Clock, parts.Metrics, parts.Logger);
        _wakeups = new(parts.Clock, () => _worker.Post(() => _channels!.Wake()));
        var backlogs = new Backlogs(parts.Resume);
        _fanOut = new(CloseNow, parts.Clock, parts.Metrics, parts.Logger) 
        {
            Backlogs = backlogs,
            Admits = (c, e, d) => _replays!.Admits(c, e, d),
            OnFull = (c, e, p) => _replays!.Lag(c, e, p),
        };
        _replayReads = new(backlogs, _calls, parts.Resume) { OnRead = (r, p) => _replays!.OnRead(r, p), OnMismatch = e => _channels!.Reattach(e) };
        _replays = new(_fanOut, backlogs, _replayReads, _worker, parts.Connections, () => Now, CloseNow) { OnKnown = j => _memberships!.Answer(j) };
        _channels = new(_calls, _fanOut, _wakeups, OptionsOf(parts.Options), () => Now)
        {
            OnJoined = joining => _memberships!.OnJoined(joining),
            OnAttachAnswered = OnAttachAnswered,
            OnRemoved = backlogs.Forget,
        };
        _memberships = new(id, _channels, _connections, _replays, parts.Connections, parts.Clock, () => Now, parts.Metrics)
        {
            IsLeaseLost = () => IsLeaseLost(),
            OnLeaseLost = () => OnGone(),
            IsRevoked = parts.IsRevoked,
            OnIdentity = c => _expiries.Watch(c),
            Hooks = parts.Hooks,
        };
        _answers = new(id, _channels, _connections, parts.Grains, parts.Options.CallTimeout, parts.Clock, parts.Logger) { Close = CloseNow };
        Links = new(parts.Options.SilenceLimit, FormerSilosMemory);
    }

    /// <summary>Never used again.</summary>
    public EdgeId Id { get; }

    /// <summary>The time since this edge began, by a clock that only goes forward.</summary>
    public TimeSpan Now => _parts.Clock.GetElapsedTime(_startedAt);

    /// <summary>Worker: the links to the silos.</summary>
    public SiloLinks Links { get; }

    /// <summary>Worker: what has been found out about the silos.</summary>
    public Action<SiloFindings> OnFindings { get; set; } = static _ => { };

    /// <summary>Worker: a channel says that this edge's lease has ended.</summary>
    public Action OnGone { get; set; } = static () => { };

    /// <summary>Whether the lease has ended by this edge's own clock: then nobody is welcomed any more.</summary>
    public Func<bool> IsLeaseLost { get; set; } = static () => false;

    /// <summary>How many channels it has.</summary>
    public int ChannelCount => _channels.Count;

    /// <summary>How many batches wait for the worker.</summary>
    public int WaitingBatches => _worker.WaitingBatches;

    /// <summary>Begins to work.</summary>
    public void Start() => _working = _worker.RunAsync();

    /// <summary>Takes a batch of the edge's stream; done when it is enqueued, which confirms it.</summary>
    public ValueTask ReceiveAsync(EdgeBatch batch) => _worker.PostAsync(batch);

    /// <summary>Makes a connection; it is known to nobody until it joins.</summary>
    public Connection Admit(ClientIdentity identity, ITransport transport)
    {
        long serial = Interlocked.Increment(ref _serial);
        return new(
            new(Id, Connection.LocalOf(serial)), serial, identity, transport, _parts.Clock.GetUtcNow(), _parts.Connections.OutboxLimitBytes, _parts.Publisher);
    }

    /// <summary>Makes a connection a member of its channels; the welcome follows.</summary>
    public void Join(Connection connection, IReadOnlyList<TopicId> topics, ResumeRequest? resume = null)
    {
        // An edge that has stopped since it admitted the client has no list any more from which it would be sent away.
        if (!_worker.TryPost(() => _memberships.Join(connection, topics, resume))) _ = connection.Close(new(CloseCodes.Draining, "draining"), discardWaiting: true);
    }

    /// <summary>The connection is over.</summary>
    public void Leave(Connection connection) => _worker.Post(() => _memberships.Leave(connection));

    /// <summary>Serves a client's subscribe or unsubscribe frame; its topics have been checked.</summary>
    public void OnTopics(Connection connection, ClientFrame frame, IReadOnlyList<TopicId> topics) =>
        _worker.Post(() => _memberships.OnTopics(connection, frame, topics));

    /// <summary>A client has renewed its token.</summary>
    public void OnRenewed(Connection connection, ClientIdentity identity, ReadOnlyMemory<byte> reference)
    {
        connection.Renew(identity); // at once: the client's next frames are judged by it
        _worker.Post(() => _memberships.OnRenewed(connection, reference));
    }

    /// <summary>Whether the connection is here now, and of this tenant (null: of any).</summary>
    public Task<bool> HasConnectionAsync(ConnectionId id, string? tenant = null) =>
        _worker.AskAsync(() => _connections.TryFind(id.Local, out var connection) && (tenant is null || connection.Entry.Tenant == tenant));

    /// <summary>Closes the connections for which it is so: of a user, of a token.</summary>
    public void CloseWhere(Func<Connection, bool> isMeant, CloseReason reason) => _worker.Post(() =>
    {
        foreach (var connection in _connections.All)
        {
            if (isMeant(connection)) CloseNow(connection, reason);
        }
    });

    /// <summary>What the cluster knows of a connection that is here now and welcomed; null: there is none.</summary>
    public Task<ConnectionEntry?> FindConnectionAsync(ConnectionId id) =>
        _worker.AskAsync(() => _connections.TryFind(id.Local, out var connection) && connection.IsWelcomed ? connection.Entry : null);

    /// <summary>Has the worker do something.</summary>
    public void Post(Action work) => _worker.Post(work);

    /// <summary>Closes all connections, now and from now on; done when all are gone.</summary>
    public async Task CloseAllAsync(CloseReason reason, bool tellReconnect)
    {
        var gone = await _worker.AskAsync(() =>
        {
            _memberships.ClosingAll = reason;
            EdgeLog.Draining(_parts.Logger, Id, _connections.Count);
            foreach (var connection in _connections.All)
            {
                if (tellReconnect) TellReconnect(connection);
                _connections.Close(connection, reason, Now, discardWaiting: !tellReconnect);
            }

            return _connections.WhenEmptyAsync();
        });
        await gone;
    }

    /// <summary>Takes the edge out of all rosters.</summary>
    public async Task DetachAllAsync() => await await _worker.AskAsync(() => _channels.DetachAllAsync(_worker));

    /// <summary>Cuts off who is left and ends the worker.</summary>
    public async Task StopAsync()
    {
        var idle = await _worker.AskAsync(() =>
        {
            foreach (var connection in _connections.All) connection.Transport.Abort();
            return Task.WhenAll(_calls.WhenIdleAsync(), _answers.WhenIdleAsync());
        });
        await idle.WaitAsync(_parts.Options.CallTimeout + TimeSpan.FromSeconds(1), _parts.Clock);
        _wakeups.Dispose();
        _worker.Stop();
        await _working!;
    }

    /// <summary>Worker: a second has passed.</summary>
    public void Tick()
    {
        var now = Now;
        _connections.Tick(now);
        _expiries.Tick();
        _memberships.Tick();
        _replayReads.Tick();
        _replays.Tick();
        _channels.Audit(1 / _parts.Options.AuditEvery.TotalSeconds);
        OnFindings(Links.OnTick(now));
    }

    /// <summary>Worker: a silo is gone, silent, or something that it sent is lost.</summary>
    public void OnSiloUncertain(string silo) => _channels.OnSiloUncertain(silo);

    /// <inheritdoc/>
    public void Dispose()
    {
        _wakeups.Dispose();
        _worker.Dispose();
    }

    // A call that timed out here may still be applied by the grain for as long again.
    private static EdgeChannelOptions OptionsOf(EdgeOptions options) => new() { Linger = options.Linger, LateCallLife = 2 * options.CallTimeout };

    private void OnBatch(EdgeBatch batch)
    {
        OnFindings(Links.OnBatch(batch, Now, out int skip));
        if (_parts.Metrics.AreAgesMeasured && skip < batch.Deliveries.Length && batch.Deliveries[skip].Notification is { } oldest)
            _parts.Metrics.Taken(_parts.Clock.GetUtcNow() - oldest.Time);
        for (int i = skip; i < batch.Deliveries.Length; i++)
        {
            var delivery = batch.Deliveries[i];
            if (delivery.Kind == DeliveryKind.Question) _answers.OnQuestion(delivery.Question!);
            else if (delivery.Kind is not (DeliveryKind.Direct or DeliveryKind.Replaced)) _channels.OnDelivery(delivery);
            else if (!_connections.TryFind(delivery.Connection.Local, out var connection)) continue;
            else if (delivery.Kind == DeliveryKind.Replaced) CloseNow(connection, new(CloseCodes.Replaced, "replaced"));
            else if (delivery.Tenant is null || delivery.Tenant == connection.Entry.Tenant) _fanOut.EmitTo(connection, delivery);
        }
    }

    private void OnAttachAnswered(AttachResult result)
    {
        if (result.Outcome == AttachOutcome.EdgeGone) OnGone();
        if (result.Outcome != AttachOutcome.Attached) return;
        foreach (var refused in result.Refused.IsDefault ? [] : result.Refused)
        {
            if (refused.Edge == Id && _connections.TryFind(refused.Local, out var connection))
                CloseNow(connection, new(CloseCodes.TooManyConnections, "too many connections"));
        }

        if (Links.Expect(result.Silo, Now)) OnFindings(new(true, []));
    }

    private void TellReconnect(Connection connection)
    {
        var after = TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32((int)_parts.Options.ReconnectSpread.TotalMilliseconds + 1));
        bool isSse = connection.Transport.Kind == ConnectionTransport.Sse;
        _ = connection.Outbox.Offer(new(FrameEncoder.OfThread.Reconnect(after, isSse), FrameLoss.Closes));
    }

    private void CloseNow(Connection connection, CloseReason reason) => _connections.Close(connection, reason, Now);
}
