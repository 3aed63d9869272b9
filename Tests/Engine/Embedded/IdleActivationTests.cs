using Microsoft.Extensions.DependencyInjection;
using Notify.Tests.Platform;
using Notify.Tests.Time;
using Orleans.Configuration;
using Xunit;

namespace Notify.Tests.Grains;

/// <summary>On the engine Embedded because only there a test drives the collector's clock.</summary>
public sealed class IdleActivationTests
{
    [Fact]
    public async Task Activation_WhileEdgesHoldTheChannel_StaysHoweverIdle_AndGoesOnceTheyDoNot()
    {
        var time = new ManualTimeProvider();
        await using var silo = await TestSilo.StartAsync(
            builder => builder.Services.AddSingleton<TimeProvider>(time).Configure<GrainCollectionOptions>(options => options.CollectionAge = TimeSpan.FromMinutes(6)),
            ("Notify:Leases:Lease", "00:10:00"), ("Notify:Leases:SyncPeriod", "00:01:00"), ("Notify:Channels:DedupeWindow", "00:00:01"));
        await using var edge = await silo.StartEdgeAsync();
        var directory = silo.Grains.GetGrain<IEdgeDirectoryGrain>(IEdgeDirectoryGrain.Key);
        var alice = new UserId("", "alice").Channel;
        var attached = await edge.AttachAsync(alice);
        for (int i = 0; i < 4; i++)
        {
            Assert.True((await directory.Renew(edge.Id)).IsGranted);
            for (int minute = 0; minute < 8; minute++) time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(attached.Activation, (await silo.Grains.GetChannel(alice).GetStatus()).Activation);
        _ = await directory.Renew(edge.Id);
        await edge.DetachAsync(alice);

        // The collector passes over an activation in whose turn it comes (the end of the user's grace period), and takes it the next time.
        await Polling.Until(
            async () =>
            {
                for (int minute = 0; minute < 8; minute++) time.Advance(TimeSpan.FromMinutes(1));
                return (await silo.Grains.GetChannel(alice).GetStatus()).Activation != attached.Activation;
            },
            "the idle activation to go");
    }
}
