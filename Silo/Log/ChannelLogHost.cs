using Notify.Grains.Log;

namespace Notify.Silo.Log;

/// <summary>Opens a durable log before anything of the silo starts, and closes it after all has stopped.</summary>
internal sealed class ChannelLogHost(IChannelLog log) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) =>
        log is IDurableChannelLog durable ? durable.OpenAsync(cancellationToken) : Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (log is IDurableChannelLog durable) await durable.DisposeAsync();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
