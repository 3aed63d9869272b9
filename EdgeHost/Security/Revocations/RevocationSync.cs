using Microsoft.Extensions.Options;
using Notify.EdgeHost.Lifecycle;
using Notify.EdgeHost.Telemetry;
using Notify.Protocol;

namespace Notify.EdgeHost.Security;

/// <summary>Asks the cluster again and again what was revoked, and closes the connections that it concerns.</summary>
internal sealed class RevocationSync(
    IGrainFactory grains, Revocations revocations, EdgeService edges, IOptions<RevocationOptions> options, TimeProvider clock, ILogger<RevocationSync> logger)
    : BackgroundService
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1);
    private long _epoch;
    private long _version;

    /// <summary>Asks now; for whoever has just revoked something here.</summary>
    public async Task SyncAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var page = await grains.GetGrain<IRevocationsGrain>(IRevocationsGrain.Key).Read(_epoch, _version).WaitAsync(CallTimeout, clock, cancellationToken);
            revocations.Add(page.Revocations);
            (_epoch, _version) = (page.Epoch, page.Version);
            if (!page.Revocations.IsEmpty) edges.Serving?.CloseWhere(c => revocations.IsRevoked(c.Identity), new(CloseCodes.Revoked, "revoked"));
        }
        finally
        {
            _ = _turn.Release();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SyncEvery, clock);
        bool hasFailed = false;
        do
        {
            try
            {
                await SyncAsync(stoppingToken);
                hasFailed = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The cluster may be away for a while: the next round asks again, and what is known goes on to count.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                if (!hasFailed) SecurityLog.RevocationsNotRead(logger, failure);
                hasFailed = true;
            }
        }
        while (await NextAsync(timer, stoppingToken));
    }

    private static async ValueTask<bool> NextAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
