using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Notify.Clustering.Engine;
using Notify.Clustering.Engine.Postgres;
using Orleans.Hosting;

[assembly: ClusteringProvider<AdoNetClustering>("AdoNet")]

namespace Notify.Clustering.Engine;

/// <summary>The members of the cluster stand in a PostgreSQL database, by Orleans' own provider; silos make its tables.</summary>
internal sealed class AdoNetClustering : IClusteringProvider
{
    private const string Invariant = "Npgsql";

    public void AddTo(ISiloBuilder silo, ClusteringOptions options, IConfiguration configuration)
    {
        string connection = MembershipConnection.From(options, configuration);
        silo.UseEndpoints(options);
        silo.Services.AddHostedService(services => MembershipTables.Start(services, connection, options, mayCreate: true));
        silo.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = (Invariant, connection));
    }

    public void AddTo(IClientBuilder client, ClusteringOptions options, IConfiguration configuration)
    {
        string connection = MembershipConnection.From(options, configuration);
        client.Services.AddHostedService(services => MembershipTables.Start(services, connection, options, mayCreate: false));
        client.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = (Invariant, connection));
    }
}
