using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Notify.Tests.Platform;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Xunit;

namespace Notify.Tests.Embedded;

public sealed class HostTests
{
    [Fact]
    public async Task Clients_WhenTwoConnect_CallTheSameGrains()
    {
        await using var hosts = await EngineHosts.StartAsync();
        var (one, two) = (await hosts.StartClientAsync(), await hosts.StartClientAsync());
        var id = await Client(one).GetGrain<ILifeGrain>("shared").Id();
        Assert.Equal(id, await Client(two).GetGrain<ILifeGrain>("shared").Id());
        Assert.Equal(id, await hosts.Grains.GetGrain<ILifeGrain>("shared").Id());
    }

    [Fact]
    public async Task Client_WhenThereIsNoSilo_SaysSoAtOnce()
    {
        Assert.SkipUnless(EngineHosts.AreEmbedded, "Embedded only: a client of Orleans goes on trying, its silo may start later.");
        var builder = EngineHosts.NewBuilder();
        builder.UseOrleansClient(client => client.UseLocalhostClustering(Ports.Next()));
        using var host = builder.Build();
        var exception = await Assert.ThrowsAnyAsync<OrleansException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("No silo", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_WhenTheSiloComesBack_CallsIt()
    {
        await using var hosts = await EngineHosts.StartAsync();
        var client = Client(await hosts.StartClientAsync(c => c.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromSeconds(2))));
        var grain = client.GetGrain<ILifeGrain>("back");
        var first = await grain.Id();
        await hosts.RestartSiloAsync();

        // On Orleans the client notices after a while.
        var patience = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                Assert.NotEqual(first, await grain.Id());
                return;
            }
            catch (Exception exception) when (exception is TimeoutException or OrleansException)
            {
                Assert.True(TimeProvider.System.GetElapsedTime(patience) < TimeSpan.FromMinutes(1), $"No silo for a minute: {exception}");
                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task Observer_WhenItBelongsToAClient_IsCalledByGrains()
    {
        await using var hosts = await EngineHosts.StartAsync();
        var client = Client(await hosts.StartClientAsync());
        var observer = new TestObserver();
        var reference = client.CreateObjectReference<ITestObserver>(observer);
        Assert.Equal(3, await client.GetGrain<IObservedGrain>("observed").Add(reference, 1, 2));
        GC.KeepAlive(observer);
    }

    [Fact]
    public async Task Observer_WhenItsClientHasStopped_FailsItsCalls()
    {
        await using var hosts = await EngineHosts.StartAsync(silo => silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromSeconds(2)));
        var host = await hosts.StartClientAsync();
        var observer = new TestObserver();
        var reference = Client(host).CreateObjectReference<ITestObserver>(observer);
        var grain = hosts.Grains.GetGrain<IKeepingGrain>("keeping");
        await Client(host).GetGrain<IKeepingGrain>("keeping").Keep(reference);
        Assert.Equal(3, await grain.AddKept(1, 2));
        await host.StopAsync(TestContext.Current.CancellationToken);
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => grain.AddKept(1, 2).OrTimeout("the failure"));
        Assert.True(exception is TimeoutException or OrleansException, exception.ToString());
        GC.KeepAlive(observer);
    }

    [Fact]
    public async Task Client_WhenItsOptionSaysSo_TimesOutSooner()
    {
        await using var hosts = await EngineHosts.StartAsync();
        var client = Client(await hosts.StartClientAsync(c => c.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromMilliseconds(300))));
        await Assert.ThrowsAsync<TimeoutException>(() => client.GetGrain<ICallGrain>("slow").Wait("a").OrTimeout("the time-out"));
        hosts.Journal.Open("slow a");
    }

    [Fact]
    public async Task Call_WhenTheClientStops_FailsWithAnOrleansException()
    {
        await using var hosts = await EngineHosts.StartAsync();
        var host = await hosts.StartClientAsync();
        var call = Client(host).GetGrain<ICallGrain>("cut off").Wait("a");
        await hosts.Journal.NotedAsync("cut off a in");
        await host.StopAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<OrleansException>(() => call.OrTimeout("the failure"));
        hosts.Journal.Open("cut off a");
    }

    [Fact]
    public async Task Call_WhenTheSiloHasStopped_Fails()
    {
        await using var hosts = await EngineHosts.StartAsync();
        var client = Client(await hosts.StartClientAsync(c => c.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromSeconds(2))));
        var grain = client.GetGrain<ILifeGrain>("gone");
        await grain.Id();
        await hosts.Silo.StopAsync(TestContext.Current.CancellationToken);

        // On Orleans it depends on whether the client has noticed that its gateway is gone.
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => grain.Id().OrTimeout("the failure"));
        Assert.True(exception is TimeoutException or OrleansException, exception.ToString());
    }

    [Fact]
    public async Task Stop_WhenGrainsAreActive_DeactivatesThem()
    {
        await using var hosts = await EngineHosts.StartAsync();
        var journal = hosts.Journal;
        var keys = Enumerable.Range(0, 20).Select(i => $"stopping {i}").ToArray();
        await Task.WhenAll(keys.Select(key => hosts.Grains.GetGrain<ILifeGrain>(key).Id()));
        await hosts.Silo.StopAsync(TestContext.Current.CancellationToken);
        Assert.All(keys, key => Assert.Equal(1, journal.Count($"{key} deactivated ShuttingDown")));
    }

    [Fact]
    public async Task Start_WhenAServiceIsRegisteredLater_LetsItCallGrains()
    {
        var builder = EngineHosts.NewBuilder();
        builder.Services.AddSingleton<Journal>();
        builder.UseOrleans(silo => silo.UseLocalhostClustering(Ports.Next(), Ports.Next()));
        builder.Services.AddHostedService<EarlyCaller>();
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, host.Services.GetRequiredService<Journal>().Count("early called"));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Services_WhenTheHostIsASilo_HoldFactoryAndClient()
    {
        var builder = EngineHosts.NewBuilder();
        builder.UseOrleans(silo => silo.UseLocalhostClustering(Ports.Next(), Ports.Next()));
        using var host = builder.Build();
        Assert.NotNull(host.Services.GetRequiredService<IGrainFactory>());
        Assert.NotNull(host.Services.GetRequiredService<IClusterClient>().ServiceProvider);
    }

    [Fact]
    public void UseOrleansClient_WhenTheHostIsASilo_IsRefused()
    {
        var builder = EngineHosts.NewBuilder();
        builder.UseOrleans(silo => silo.UseLocalhostClustering(Ports.Next(), Ports.Next()));
        Assert.Throws<OrleansConfigurationException>(() => builder.UseOrleansClient(client => client.UseLocalhostClustering()));
    }

    private static IClusterClient Client(IHost host) => host.Services.GetRequiredService<IClusterClient>();

    private sealed class EarlyCaller(IGrainFactory grains) : BackgroundService
    {
        public override async Task StartAsync(CancellationToken cancellationToken) => await grains.GetGrain<ILifeGrain>("early").Id();

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }
}

public interface IKeepingGrain : IGrainWithStringKey
{
    Task Keep(ITestObserver observer);

    Task<int> AddKept(int a, int b);
}

internal sealed class KeepingGrain : Grain, IKeepingGrain
{
    private ITestObserver? _kept;

    public Task Keep(ITestObserver observer)
    {
        _kept = observer;
        return Task.CompletedTask;
    }

    public Task<int> AddKept(int a, int b) => _kept!.Add(a, b);
}
