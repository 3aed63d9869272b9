using Azure.Identity;
using Microsoft.Extensions.Configuration;
using Notify.Clustering.Engine;
using Orleans.Clustering.AzureStorage;
using Orleans.Hosting;

[assembly: ClusteringProvider<AzureStorageClustering>("AzureStorage")]

namespace Notify.Clustering.Engine;

/// <summary>The members of the cluster stand in a table of an Azure storage account, by Orleans' own provider, which makes the table.</summary>
internal sealed class AzureStorageClustering : IClusteringProvider
{
    public void AddTo(ISiloBuilder silo, ClusteringOptions options, IConfiguration configuration)
    {
        silo.UseEndpoints(options);
        silo.UseAzureStorageClustering(storage => Set(storage, options));
        Check(options);
    }

    public void AddTo(IClientBuilder client, ClusteringOptions options, IConfiguration configuration)
    {
        client.UseAzureStorageClustering(storage => Set(storage, options));
        Check(options);
    }

    private static void Check(ClusteringOptions options)
    {
        if (options.ServiceUri is null == string.IsNullOrWhiteSpace(options.ConnectionString))
            throw new ClusteringException("Notify:Clustering=AzureStorage needs either Notify:Cluster:ServiceUri, such as https://account.table.core.windows.net (managed identity), or Notify:Cluster:ConnectionString.");
    }

    private static void Set(AzureStorageOperationOptions storage, ClusteringOptions options)
    {
        storage.TableName = options.TableName;
        if (options.ServiceUri is { } uri) storage.TableServiceClient = new(uri, Credential(options));
        else storage.TableServiceClient = new(options.ConnectionString!);
    }

    private static DefaultAzureCredential Credential(ClusteringOptions options) =>
        new(new DefaultAzureCredentialOptions { ManagedIdentityClientId = options.ManagedIdentityClientId });
}
