using Microsoft.Extensions.Options;
using Notify.Grains.Edges;
using Notify.Grains.Log;

namespace Notify.Silo.Engine;

/// <summary>Refuses to start a second silo over the memory log, which each silo has for itself.</summary>
internal sealed class MemoryLogGuard(ISiloMembership membership, IOptions<ChannelLogOptions> options) : ILifecycleParticipant<ISiloLifecycle>
{
    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(MemoryLogGuard), ServiceLifecycleStage.Active, _ => CheckAsync(), _ => Task.CompletedTask);

    private Task CheckAsync() =>
        options.Value is { Store: ChannelLogStore.Memory, AllowLoss: false } && membership.AliveSilos.Length > 1
            ? throw new InvalidOperationException(
                "Notify:Log:Store=Memory loses a channel's history when the channel moves to another silo: with more than one silo use another store, or set Notify:Log:AllowLoss=true.")
            : Task.CompletedTask;
}
