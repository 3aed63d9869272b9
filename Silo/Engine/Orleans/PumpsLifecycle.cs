using Notify.Grains.Edges;

namespace Notify.Silo.Engine;

/// <summary>Pumps while the silo is active and on until its activations have gone: their notices are still sent.</summary>
internal sealed class PumpsLifecycle(EdgePumps pumps) : ILifecycleParticipant<ISiloLifecycle>
{
    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe(
            nameof(PumpsLifecycle),
            ServiceLifecycleStage.Active,
            _ =>
            {
                pumps.Start();
                return Task.CompletedTask;
            },
            _ => Task.CompletedTask);

        // Stages end in reverse order: this one after the deactivation of all grains, before the silo's connections.
        lifecycle.Subscribe(nameof(PumpsLifecycle), ServiceLifecycleStage.ApplicationServices, _ => Task.CompletedTask, _ => pumps.StopAsync());
    }
}
