using System.Collections.Immutable;
using Notify.Grains.Edges;

namespace Notify.Silo.Engine;

/// <summary>The cluster's membership as Orleans knows it, confirmed by reading the membership table again and again.</summary>
internal sealed partial class ClusterMembership(
    ILocalSiloDetails local, IClusterMembershipService membership, TimeProvider time, ILogger<ClusterMembership> logger)
    : BackgroundService, ISiloMembership
{
    private static readonly TimeSpan ConfirmPeriod = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan ConfirmedFor = TimeSpan.FromSeconds(5);

    private volatile Known? _known;
    private long _confirmedAt = time.GetTimestamp();

    /// <inheritdoc/>
    public string LocalSilo { get; } = local.SiloAddress.ToParsableString();

    /// <inheritdoc/>
    public ImmutableArray<string> AliveSilos
    {
        get
        {
            var snapshot = membership.CurrentSnapshot;
            if (_known is { } known && known.Version == snapshot.Version) return known.Alive;
            ImmutableArray<string> alive =
            [
                LocalSilo,
                .. snapshot.Members.Values
                    .Where(member => member.Status == SiloStatus.Active)
                    .Select(member => member.SiloAddress.ToParsableString())
                    .Where(silo => silo != LocalSilo)
                    .Order(StringComparer.Ordinal),
            ];
            _known = new(snapshot.Version, alive);
            return alive;
        }
    }

    /// <inheritdoc/>
    public bool IsConfirmed => time.GetElapsedTime(Volatile.Read(ref _confirmedAt)) < ConfirmedFor;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(ConfirmPeriod, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await ConfirmAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task ConfirmAsync(CancellationToken stoppingToken)
    {
        try
        {
            await membership.Refresh(default, stoppingToken).AsTask().WaitAsync(ConfirmedFor, time, stoppingToken);
            Volatile.Write(ref _confirmedAt, time.GetTimestamp());
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            // The table may be out of reach for a while; what follows from that is decided by whoever asks IsConfirmed.
            LogNotConfirmed(failure);
        }
    }

    [LoggerMessage(1401, LogLevel.Warning, "The cluster's membership could not be read")]
    private partial void LogNotConfirmed(Exception failure);

    private sealed record Known(MembershipVersion Version, ImmutableArray<string> Alive);
}
