using Microsoft.Extensions.Hosting;
using Notify.Embedded.Activations;
using Orleans.Runtime;
using Orleans.Runtime.Messaging;

namespace Notify.Embedded.Hosting;

/// <summary>Starts and stops the silo with its host.</summary>
internal sealed class SiloService(SiloRuntime silo, IServiceProvider services) : IHostedService
{
    private readonly Gateway _gateway = Gateway.Of(services);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_gateway.Port != 0 && !Gateways.TryOpen(_gateway, silo))
            throw new OrleansConfigurationException($"Another silo of cluster '{_gateway.ClusterId}' has gateway port {_gateway.Port}.");
        silo.Start();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Gateways.Close(_gateway, silo);
        await silo.StopAsync(cancellationToken);
    }
}

/// <summary>Connects and disconnects the client with its host.</summary>
internal sealed class ClientService(HostClient client, IServiceProvider services) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var gateway = Gateway.Of(services);
        return client.Silo is not null
            ? Task.CompletedTask
            : throw new ConnectionFailedException(
                $"No silo of cluster '{gateway.ClusterId}' with gateway port {gateway.Port} runs in this process, and the embedded engine reaches no other.");
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        client.Stop();
        return Task.CompletedTask;
    }
}
