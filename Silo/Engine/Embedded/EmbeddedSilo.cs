using System.Collections.Immutable;
using Notify.Grains.Edges;

namespace Notify.Silo.Engine;

/// <summary>What a silo needs of the engine Embedded.</summary>
internal static class EmbeddedSilo
{
    public static void AddEngine(this ISiloBuilder builder)
    {
        builder.Services.AddSingleton<ISiloMembership, OneSilo>();
        builder.Services.AddHostedService<PumpsService>();
    }

    /// <summary>The one silo of this start.</summary>
    private sealed class OneSilo : ISiloMembership
    {
        public OneSilo() => AliveSilos = [LocalSilo];

        public string LocalSilo { get; } = "embedded@" + Guid.CreateVersion7().ToString("N");

        public ImmutableArray<string> AliveSilos { get; }

        public bool IsConfirmed => true;
    }

    /// <summary>
    /// Pumps while the host runs. It stops before the activations go, so that their notices stay unsent: with the only silo gone there is
    /// no activation that an edge could attach to instead.
    /// </summary>
    private sealed class PumpsService(EdgePumps pumps) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            pumps.Start();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => pumps.StopAsync();
    }
}
