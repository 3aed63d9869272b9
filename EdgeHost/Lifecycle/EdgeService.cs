using Microsoft.Extensions.Options;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Hooks;
using Notify.EdgeHost.Resume;
using Notify.EdgeHost.Security;
using Notify.EdgeHost.Telemetry;
using Notify.Streams;
using Orleans.Streams;

namespace Notify.EdgeHost.Lifecycle;

/// <summary>
/// Keeps an edge registered as long as the process runs: a lost lease means a new edge under a new id, the host's stop a drain
/// before anything else stops.
/// </summary>
internal sealed class EdgeService : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan RetryFirst = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RetryMost = TimeSpan.FromSeconds(2);

    private readonly IServiceProvider _services;
    private readonly string _streams;
    private readonly EdgeParts _parts;
    private readonly CancellationTokenSource _draining = new();
    private readonly TaskCompletionSource _firstServing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile EdgeRegistration? _current;

    public EdgeService(
        IServiceProvider services,
        IGrainFactory grains,
        IOptions<EdgeOptions> options,
        IOptions<EdgeStreamOptions> streams,
        IOptions<ConnectionOptions> connections,
        IOptions<ResumeOptions> resume,
        Revocations revocations,
        INotifyPublisher publisher,
        ConnectionHooks hooks,
        TimeProvider clock,
        EdgeMetrics metrics,
        ILogger<EdgeService> logger)
    {
        _services = services;
        _streams = streams.Value.Provider;
        _parts = new(grains, options.Value, connections.Value, clock, metrics, logger)
        {
            Publisher = publisher,
            Hooks = hooks,
            Resume = resume.Value,
            IsRevoked = revocations.IsRevoked,
        };
        metrics.WatchServing(() => Serving is not null);
        metrics.Watch(() => _current?.Edge.ChannelCount ?? 0, () => _current?.Edge.WaitingBatches ?? 0);
    }

    /// <summary>The edge that takes connections now; null when there is none: not registered yet, or draining.</summary>
    public Edge? Serving => _draining.IsCancellationRequested ? null : _current?.Edge;

    /// <summary>The place in the cluster; null when there is none.</summary>
    public EdgeRegistration? Registration => _current;

    /// <summary>Whether the process is about to stop.</summary>
    public bool IsDraining => _draining.IsCancellationRequested;

    /// <summary>Ends when the first edge of this process serves.</summary>
    public Task WhenServing => _firstServing.Task;

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Drains: before the server and the silo stop.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _draining.CancelAsync();
        if (ExecuteTask is { } execution) await execution.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _draining.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, _draining.Token);
        while (await RegisterAsync(either.Token) is { } registration)
        {
            using (registration)
            {
                _current = registration;
                _firstServing.TrySetResult();
                EdgeLog.Registered(_parts.Logger, registration.Edge.Id);
                await registration.Lost.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (registration.Lost.IsCompleted)
                {
                    _current = null;
                    await registration.EndLostAsync();
                }
                else
                {
                    await registration.DrainAsync();
                    _current = null;
                }
            }
        }
    }

    private async Task<EdgeRegistration?> RegisterAsync(CancellationToken cancellationToken)
    {
        var delay = RetryFirst;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var streams = _services.GetRequiredKeyedService<IStreamProvider>(_streams);
                return await EdgeRegistration.StartAsync(_parts, streams, cancellationToken);
            }
#pragma warning disable CA1031 // The cluster may not be up yet: try until it is or the host stops.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                if (cancellationToken.IsCancellationRequested) return null;
                EdgeLog.RegisterFailed(_parts.Logger, delay, failure);
            }

            await Task.Delay(delay, _parts.Clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = delay * 2 < RetryMost ? delay * 2 : RetryMost;
        }

        return null;
    }
}
