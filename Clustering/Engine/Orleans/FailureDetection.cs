using Orleans.Configuration;
using Orleans.Hosting;

namespace Notify.Clustering.Engine;

/// <summary>
/// How soon a cluster notices that a part of it is gone. Orleans' defaults suit grains that nobody waits for; here people look at a screen.
/// Whatever an application configures after these wins.
/// </summary>
internal static class FailureDetection
{
    public static void Configure(ISiloBuilder silo)
    {
        silo.Configure<ClusterMembershipOptions>(options =>
        {
            // A killed silo must be found dead well within an edge's lease of 10 seconds: if it held the edge directory, no edge can renew
            // until then. 3 probes of 1.5 seconds each; probes are extended and confirmed indirectly when the prober itself is short of CPU.
            options.ProbeTimeout = TimeSpan.FromSeconds(1.5);
            options.NumMissedProbesLimit = 3;

            // A silo whose connection has brought anything within 3 of these is not voted dead, whatever the probes say. By default this is
            // 4 probes long, and a silo that hangs (SIGSTOP) was found dead after 19 seconds, later than the leases that it may hold.
            options.MaxProbeTimeout = TimeSpan.FromSeconds(2);

            // When all silos were killed at once, a new one may take them for alive until they have missed three of these: 15 seconds
            // instead of 90. One small write per silo and period.
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);

            // Changes are told by gossip; this is for the silo that the gossip missed.
            options.TableRefreshTimeout = TimeSpan.FromSeconds(10);
        });

        // An edge whose ways to the gateways were cut may come back through one of them alone: Orleans' client keeps to a connection that works. The
        // other silo goes on queueing what it has for the edge, answers too, for the way that is gone, until it drops the client between one and two
        // of these later. With 20 seconds half of the channels of such an edge were silent for up to 30 after a cut of 5, and leases were lost. What
        // is dropped is sent again, or asked for again.
        silo.Configure<SiloMessagingOptions>(options => options.ClientDropTimeout = TimeSpan.FromSeconds(2));
    }

    public static void Configure(IClientBuilder client)
    {
        // How long a client may not know of a silo that came, or go on trying one that went; one small query per client and period.
        client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5));

        // A request in flight on a gateway that died waits this long for its answer: 30 seconds by default. Longer than a silo waits for the log
        // (5 seconds); pushing again with the same id is safe.
        client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(6));

        // A gateway that takes no connection within this is tried again later; the other gateways carry on.
        client.Configure<ConnectionOptions>(options => options.OpenConnectionTimeout = TimeSpan.FromSeconds(2));
    }
}
