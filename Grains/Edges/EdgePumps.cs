using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Notify.Grains.Telemetry;
using Notify.Streams;
using Orleans.Streams;

namespace Notify.Grains.Edges;

/// <summary>
/// Owns the pumps of all known edges. Its stop must come after the silo's activations have gone and before its connections do: what
/// they leave for the edges is still sent.
/// </summary>
internal sealed class EdgePumps(
    EdgeOutboxes outboxes,
    ISiloMembership membership,
    IOptions<EdgeOutboxOptions> options,
    IOptions<EdgeStreamOptions> streams,
    IServiceProvider services,
    TimeProvider time,
    SiloMetrics metrics,
    ILoggerFactory loggers) : IDisposable
{
    // How often it is looked who needs a beacon, so that silence lasts at most a period.
    private const int TicksPerPeriod = 4;

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<EdgePump, Task> _pumps = new();
    private Task _starting = Task.CompletedTask;
    private ITimer? _beacons;
    private volatile bool _isLeaving;

    /// <summary>Whether they run: from the silo's activation to the end of its grains.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Begins to pump.</summary>
    /// <exception cref="InvalidOperationException">The stream provider of the settings does not exist.</exception>
    public void Start()
    {
        var provider = services.GetKeyedService<IStreamProvider>(streams.Value.Provider)
            ?? throw new InvalidOperationException(
                $"{EdgeStreamOptions.Section}:{nameof(EdgeStreamOptions.Provider)} names '{streams.Value.Provider}', but this silo has no stream provider of that name.");
        var period = options.Value.BeaconPeriod;
        _beacons = time.CreateTimer(
            _ => RequestBeacons(period * (TicksPerPeriod - 1) / TicksPerPeriod), null, period / TicksPerPeriod, period / TicksPerPeriod);
        _starting = StartPumpsAsync(provider);
        IsRunning = true;
    }

    /// <summary>The silo leaves the cluster: from now on nobody waits for confirmations, which no longer come back.</summary>
    public void Leave()
    {
        _isLeaving = true;
        foreach (var pump in _pumps.Keys) pump.Leave();
    }

    /// <summary>Sends what waits, for as long as the options say, and ends all pumps.</summary>
    public async Task StopAsync()
    {
        IsRunning = false;
        if (_beacons is null) return;
        await _beacons.DisposeAsync();
        foreach (var pump in _pumps.Keys) pump.Flush();
        var flushed = Task.WhenAll(_pumps.Values);
        _ = await Task.WhenAny(flushed, Task.Delay(options.Value.FlushLimit, time));
        await _stop.CancelAsync();
        await _starting;
        await Task.WhenAll(_pumps.Values);
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private void RequestBeacons(TimeSpan silence)
    {
        foreach (var edge in outboxes.Known)
        {
            if (!streams.Value.IsDirect || edge.Registration is not null) edge.RequestBeacon(silence);
        }
    }

    private async Task StartPumpsAsync(IStreamProvider provider)
    {
        await Task.Yield(); // the caller's turn is no place for a loop
        try
        {
            await foreach (var edge in outboxes.Added.ReadAllAsync(_stop.Token))
            {
                var pump = new EdgePump(
                    edge, provider.GetStream<EdgeBatch>(EdgeStreams.Of(edge.Id)), streams.Value.IsDirect, membership, options.Value, time,
                    metrics, loggers.CreateLogger<EdgePump>());
                _pumps[pump] = RunAsync(pump);
                if (_isLeaving) pump.Leave();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task RunAsync(EdgePump pump)
    {
        await Task.Yield(); // so that it is listed before it ends
        await pump.RunAsync(_stop.Token);
        if (pump.Edge.HasEnded) _pumps.TryRemove(pump, out _);
    }
}
