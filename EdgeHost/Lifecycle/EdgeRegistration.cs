using Notify.EdgeHost.Delivery;
using Notify.EdgeHost.Telemetry;
using Notify.Protocol;
using Notify.Streams;
using Orleans.Streams;

namespace Notify.EdgeHost.Lifecycle;

/// <summary>
/// An edge's place in the cluster: its lease, renewed every second, and the one subscription of its stream, made anew whenever a
/// silo's word may be lost.
/// </summary>
internal sealed class EdgeRegistration : IAsyncObserver<EdgeBatch>, IDisposable
{
    private readonly EdgeParts _parts;
    private readonly IAsyncStream<EdgeBatch> _stream;
    private readonly IEdgeDirectoryGrain _directory;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private EdgeLease _lease = new(TimeSpan.Zero, TimeSpan.Zero);
    private StreamSubscriptionHandle<EdgeBatch>? _subscription;
    private int _isTickWaiting;
    private long _answeredTicks; // of Edge.Now
    private volatile bool _isSubscribeFailing;
    private bool _isSubscribeWanted; // worker, as the next two
    private Task _subscribing = Task.CompletedTask;
    private Task _ticking = Task.CompletedTask;
    private Task _renewing = Task.CompletedTask;

    private EdgeRegistration(EdgeParts parts, IStreamProvider streams)
    {
        _parts = parts;
        Edge = new(EdgeId.New(), parts) { OnFindings = OnFindings, OnGone = () => _lost.TrySetResult(), IsLeaseLost = () => _lease.IsLost(Edge!.Now) };
        _stream = streams.GetStream<EdgeBatch>(EdgeStreams.Of(Edge.Id));
        _directory = parts.Grains.GetGrain<IEdgeDirectoryGrain>(IEdgeDirectoryGrain.Key);
    }

    /// <summary>The edge that is registered.</summary>
    public Edge Edge { get; }

    /// <summary>Whether a silo has answered lately; sooner false than the lease ends.</summary>
    public bool IsAnswered => Edge.Now - new TimeSpan(Volatile.Read(ref _answeredTicks)) < _parts.Options.SilenceLimit + _parts.Options.CallTimeout;

    /// <summary>Whether the stream was subscribed by the last attempt.</summary>
    public bool IsSubscribed => !_isSubscribeFailing;

    /// <summary>Ends when the lease is lost.</summary>
    public Task Lost => _lost.Task;

    /// <summary>Takes a lease and subscribes, under a fresh id.</summary>
    public static async Task<EdgeRegistration> StartAsync(EdgeParts parts, IStreamProvider streams, CancellationToken cancellationToken)
    {
        var registration = new EdgeRegistration(parts, streams);
        try
        {
            await registration.StartAsync(cancellationToken);
            return registration;
        }
        catch
        {
            registration._stop.Cancel();
            await registration.Edge.StopAsync();
            registration.Dispose();
            throw;
        }
    }

    /// <summary>Leaves in order: clients are told to come back later, rosters and directory are told at once. Within the limit, come what may.</summary>
    public async Task DrainAsync()
    {
        using var limit = new CancellationTokenSource(_parts.Options.DrainLimit, _parts.Clock);
        await TryAsync("closing its connections", () => Edge.CloseAllAsync(new(CloseCodes.Draining, "draining"), tellReconnect: true), limit.Token);
        await TryAsync("detaching from its channels", Edge.DetachAllAsync, limit.Token);
        await EndAsync(limit.Token);
        await TryAsync("releasing its lease", () => _directory.Release(Edge.Id), limit.Token);
        EdgeLog.Ended(_parts.Logger, Edge.Id);
    }

    /// <summary>Leaves after the lease was lost: clients come back at once, and nobody has to be told.</summary>
    public async Task EndLostAsync()
    {
        _parts.Metrics.LeaseLost();
        EdgeLog.LeaseLost(_parts.Logger, Edge.Id);
        using var limit = new CancellationTokenSource(_parts.Connections.CloseTimeout + TimeSpan.FromSeconds(2), _parts.Clock);
        await TryAsync("closing its connections", () => Edge.CloseAllAsync(new(CloseCodes.LeaseLost, "lease lost"), tellReconnect: false), limit.Token);
        await EndAsync(limit.Token);
    }

    /// <inheritdoc/>
    public Task OnNextAsync(EdgeBatch item, StreamSequenceToken? token = null) => Edge.ReceiveAsync(item).AsTask();

    /// <inheritdoc/>
    public Task OnCompletedAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public Task OnErrorAsync(Exception ex)
    {
        Edge.Post(() => Subscribe("the stream reports an error"));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Dispose();
        Edge.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        Edge.Start();
        var sentAt = Edge.Now;
        var granted = await _directory.Renew(Edge.Id).WaitAsync(_parts.Options.CallTimeout, _parts.Clock, cancellationToken);
        _lease = new(sentAt, granted.Lease);
        _lease.OnAnswer(granted, sentAt);
        Volatile.Write(ref _answeredTicks, Edge.Now.Ticks);
        Edge.Post(() => Edge.Links.OnAlive(granted.Silos, Edge.Now));
        _subscription = await _stream.SubscribeAsync(this).WaitAsync(_parts.Options.CallTimeout, _parts.Clock, cancellationToken);
        _ticking = TickAsync();
        _renewing = RenewAsync();
    }

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _parts.Clock);
        while (await NextAsync(timer))
        {
            if (_lease.IsLost(Edge.Now)) _lost.TrySetResult();

            // One at a time: after a pause no burst of ticks may time out clients that had no time to answer.
            if (Interlocked.Exchange(ref _isTickWaiting, 1) == 0) Edge.Post(Tick);
        }
    }

    /// <summary>Worker.</summary>
    private void Tick()
    {
        Volatile.Write(ref _isTickWaiting, 0);
        Edge.Tick();
    }

    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(_parts.Options.RenewEvery, _parts.Clock);
        while (await NextAsync(timer))
        {
            try
            {
                var sentAt = Edge.Now;
                if (_lease.IsLost(sentAt)) _lost.TrySetResult(); // after a sleep; a late renewal brings nothing back
                if (_lost.Task.IsCompleted) return;
                var result = await _directory.Renew(Edge.Id).WaitAsync(_parts.Options.CallTimeout, _parts.Clock, _stop.Token);
                _lease.OnAnswer(result, sentAt);
                Volatile.Write(ref _answeredTicks, Edge.Now.Ticks);
                if (_lease.IsLost(Edge.Now)) _lost.TrySetResult();
                else Edge.Post(() => OnFindings(Edge.Links.OnAlive(result.Silos, Edge.Now)));
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The lease lasts a while: the next second tries again.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                EdgeLog.RenewFailed(_parts.Logger, Edge.Id, failure);
            }
        }
    }

    private async ValueTask<bool> NextAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Worker.</summary>
    private void OnFindings(SiloFindings findings)
    {
        foreach (string silo in findings.Uncertain) Edge.OnSiloUncertain(silo);
        if (findings.Subscribe) Subscribe(findings.Uncertain.IsEmpty ? "a new silo" : "a silo may have said something that is lost");
    }

    /// <summary>Worker: one subscribing at a time; what is wanted meanwhile comes after it.</summary>
    private void Subscribe(string reason)
    {
        if (_stop.IsCancellationRequested || _subscription is null) return;
        _isSubscribeWanted = true;
        if (!_subscribing.IsCompleted) return;
        EdgeLog.Resubscribing(_parts.Logger, Edge.Id, reason);
        _isSubscribeWanted = false;
        _subscribing = SubscribeAsync();
    }

    private async Task SubscribeAsync()
    {
        bool isDone = false;
        try
        {
            _subscription = await _subscription!.ResumeAsync(this).WaitAsync(_parts.Options.CallTimeout, _parts.Clock, _stop.Token);
            _parts.Metrics.Resubscribed();
            _isSubscribeFailing = false;
            isDone = true;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
#pragma warning disable CA1031 // A silo may be going right now: the next attempt finds the silos that are left.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _isSubscribeFailing = true;
            EdgeLog.ResubscribeFailed(_parts.Logger, Edge.Id, failure);
            await Task.Delay(_parts.Options.RenewEvery, _parts.Clock, CancellationToken.None);
        }

        Edge.Post(() =>
        {
            if (_isSubscribeWanted || !isDone) Subscribe("wanted meanwhile, or the last attempt failed");
        });
    }

    private async Task EndAsync(CancellationToken limit)
    {
        await _stop.CancelAsync();
        await TryAsync("ending its loops", () => Task.WhenAll(_ticking, _renewing, _subscribing), limit);
        await TryAsync("unsubscribing its stream", () => _subscription!.UnsubscribeAsync(), limit);
        await TryAsync("stopping its worker", Edge.StopAsync, limit);
    }

    private async Task TryAsync(string step, Func<Task> work, CancellationToken limit)
    {
        try
        {
            await work().WaitAsync(limit);
        }
#pragma warning disable CA1031 // Each further step helps on its own; the lease's end mends what is left undone.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            EdgeLog.EndFailed(_parts.Logger, Edge.Id, step, failure);
        }
    }
}
