using Microsoft.Extensions.DependencyInjection;
using Notify.Tests.Time;
using Orleans.Configuration;
using Orleans.Hosting;
using Xunit;

namespace Notify.Tests.Embedded;

/// <summary>The embedded engine lives by the host's TimeProvider alone. Orleans measures some of this by the real clock.</summary>
public sealed class ManualTimeTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Calls_WhenTheClockPassesTheTimeOut_TimeOut()
    {
        await using var hosts = await StartAsync();
        var call = hosts.Grains.GetGrain<ICallGrain>("slow").Wait("a");
        await hosts.Journal.NotedAsync("slow a in");
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(call.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        var exception = await Assert.ThrowsAsync<TimeoutException>(() => call.OrTimeout("the time-out"));
        Assert.Contains("00:00:30", exception.Message, StringComparison.Ordinal);
        hosts.Journal.Open("slow a");
    }

    [Fact]
    public async Task Timers_WhenTheClockIsDriven_TickByIt()
    {
        await using var hosts = await StartAsync();
        await hosts.Grains.GetGrain<ITimerGrain>("driven").Start(new());
        Assert.Empty(hosts.Journal.Of("driven"));
        for (var tick = 1; tick <= 3; tick++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(2));
            await hosts.Journal.NotedAsync("driven tick", tick);

            // Behind the tick in the grain's queue, so the timer is wound again.
            await hosts.Grains.GetGrain<ITimerGrain>("driven").Call("after");
        }

        Assert.Equal(3, hosts.Journal.Count("driven tick"));
    }

    [Fact]
    public async Task Collection_WhenTheClockPassesTheAge_TakesIdleGrainsAndNoOthers()
    {
        await using var hosts = await StartAsync();
        var (idle, used) = (hosts.Grains.GetGrain<ILifeGrain>("idle"), hosts.Grains.GetGrain<ILifeGrain>("used"));
        await idle.Id();
        for (var minute = 0; minute <= 10; minute++)
        {
            await used.Id();
            Assert.DoesNotContain("deactivated ActivationIdle", hosts.Journal.Of("idle"));
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        await hosts.Journal.NotedAsync("idle deactivated ActivationIdle");
        Assert.DoesNotContain("deactivated ActivationIdle", hosts.Journal.Of("used"));
    }

    [Fact]
    public async Task OnActivate_WhenItHangs_FailsTheCallAndIsTriedAnew()
    {
        await using var hosts = await StartAsync(silo => silo.Configure<GrainCollectionOptions>(o => o.ActivationTimeout = TimeSpan.FromSeconds(5)));
        var call = hosts.Grains.GetGrain<ILifeGrain>("gated").Id();
        await hosts.Journal.NotedAsync("gated activating");
        while (_time.PendingTimers < 3)
            await Task.Yield();
        _time.Advance(TimeSpan.FromSeconds(6));
        await Assert.ThrowsAsync<TimeoutException>(() => call.OrTimeout("the failed activation"));
        hosts.Journal.Open("gated activation");
        await hosts.Grains.GetGrain<ILifeGrain>("gated").Id().OrTimeout("the next activation");
    }

    private Task<EngineHosts> StartAsync(Action<ISiloBuilder>? configure = null)
    {
        Assert.SkipUnless(EngineHosts.AreEmbedded, "Embedded only.");
        return EngineHosts.StartAsync(silo =>
        {
            silo.Services.AddSingleton<TimeProvider>(_time);
            silo.Configure<GrainCollectionOptions>(options => options.CollectionAge = TimeSpan.FromMinutes(10));
            configure?.Invoke(silo);
        });
    }
}
