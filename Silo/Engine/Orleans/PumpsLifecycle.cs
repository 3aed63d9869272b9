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

        // In this stage's stop the silo tells the others that it shuts down. They have no way to its observers' calls from then on, so that no
        // edge's confirmation comes back, and its grains, which go next, have notices for every edge.
        lifecycle.Subscribe(
            nameof(PumpsLifecycle),
            ServiceLifecycleStage.BecomeActive,
            _ => Task.CompletedTask,
            _ =>
            {
                pumps.Leave();
                return Task.CompletedTask;
            });

        // Stages end in reverse order: this one after the deactivation of all grains, before the silo's connections.
        lifecycle.Subscribe(nameof(PumpsLifecycle), ServiceLifecycleStage.ApplicationServices, _ => Task.CompletedTask, _ => pumps.StopAsync());
    }
}
