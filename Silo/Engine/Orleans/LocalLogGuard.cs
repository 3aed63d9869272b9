using Microsoft.Extensions.Options;
using Notify.Grains.Edges;
using Notify.Grains.Log;

namespace Notify.Silo.Engine;

/// <summary>Refuses to start a second silo over a log that each silo has for itself.</summary>
internal sealed class LocalLogGuard(ISiloMembership membership, IOptions<ChannelLogOptions> options) : ILifecycleParticipant<ISiloLifecycle>
{
    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(LocalLogGuard), ServiceLifecycleStage.Active, _ => CheckAsync(), _ => Task.CompletedTask);

    private Task CheckAsync() =>
        options.Value is { Store: not ChannelLogStore.Postgres, AllowLoss: false } && membership.AliveSilos.Length > 1
            ? throw new InvalidOperationException(
                $"Notify:Log:Store={options.Value.Store} loses a channel's history when the channel moves to another silo: with more than one silo use Postgres, or set Notify:Log:AllowLoss=true.")
            : Task.CompletedTask;
}
