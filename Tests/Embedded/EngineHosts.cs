using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Notify.Tests.Platform;
using Orleans;
using Orleans.Hosting;
using Xunit;

namespace Notify.Tests.Embedded;

/// <summary>One silo host and any number of client hosts in this process, on whichever engine is compiled in.</summary>
public sealed class EngineHosts : IAsyncDisposable
{
    private readonly List<IHost> _clients = [];

    private readonly Func<Task<IHost>> _startSilo;

    private EngineHosts(Func<Task<IHost>> startSilo, IHost silo, int gatewayPort)
    {
        _startSilo = startSilo;
        Silo = silo;
        GatewayPort = gatewayPort;
    }

    public IHost Silo { get; private set; }

    public int GatewayPort { get; }

    /// <summary>As seen by the silo's own host.</summary>
    public IGrainFactory Grains => Silo.Services.GetRequiredService<IGrainFactory>();

    public Journal Journal => Silo.Services.GetRequiredService<Journal>();

    public static bool AreEmbedded => typeof(Grain).Assembly.GetName().Name == "Notify.Embedded";

    public static async Task<EngineHosts> StartAsync(Action<ISiloBuilder>? configure = null)
    {
        var (siloPort, gatewayPort) = (Ports.Next(), Ports.Next());
        return new(StartSiloAsync, await StartSiloAsync(), gatewayPort);

        async Task<IHost> StartSiloAsync()
        {
            var builder = NewBuilder();
            builder.Services.AddSingleton<Journal>();
            builder.UseOrleans(silo =>
            {
                silo.UseLocalhostClustering(siloPort, gatewayPort);
                configure?.Invoke(silo);
            });
            var host = builder.Build();
            await host.StartAsync(TestContext.Current.CancellationToken);
            return host;
        }
    }

    /// <summary>Another silo under the same address.</summary>
    public async Task RestartSiloAsync()
    {
        await Silo.StopAsync(TestContext.Current.CancellationToken);
        Silo.Dispose();
        Silo = await _startSilo();
    }

    public async Task<IHost> StartClientAsync(Action<IClientBuilder>? configure = null)
    {
        var builder = NewBuilder();
        builder.UseOrleansClient(client =>
        {
            client.UseLocalhostClustering(GatewayPort);
            configure?.Invoke(client);
        });
        var host = builder.Build();
        _clients.Add(host);
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _clients.Append(Silo))
        {
            try
            {
                await host.StopAsync(CancellationToken.None);
            }
            catch (ObjectDisposedException)
            {
                // A test has stopped and disposed it.
            }

            host.Dispose();
        }
    }

    public static HostApplicationBuilder NewBuilder()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        return builder;
    }
}

/// <summary>One silo for a class of tests.</summary>
public sealed class EngineFixture : IAsyncLifetime
{
    public EngineHosts Hosts { get; private set; } = null!;

    public IGrainFactory Grains => Hosts.Grains;

    public Journal Journal => Hosts.Journal;

    public async ValueTask InitializeAsync() => Hosts = await EngineHosts.StartAsync();

    public ValueTask DisposeAsync() => Hosts.DisposeAsync();
}
