using Microsoft.Extensions.Configuration;
using Orleans.Hosting;

namespace Notify.Clustering.Engine;

/// <summary>A way for processes to find each other. Its file names it with <see cref="ClusteringProviderAttribute{T}"/>.</summary>
internal interface IClusteringProvider
{
    /// <summary>Registers it for a silo.</summary>
    /// <exception cref="ClusteringException">A setting is missing or wrong.</exception>
    void AddTo(ISiloBuilder silo, ClusteringOptions options, IConfiguration configuration);

    /// <summary>Registers it for an edge or a service.</summary>
    /// <exception cref="ClusteringException">A setting is missing or wrong.</exception>
    void AddTo(IClientBuilder client, ClusteringOptions options, IConfiguration configuration);
}

/// <summary>A provider that is in this build.</summary>
internal abstract class ClusteringProviderAttribute(string name) : Attribute
{
    /// <summary>What <c>Notify:Clustering</c> calls it.</summary>
    public string Name => name;

    public abstract IClusteringProvider Create();
}

/// <inheritdoc/>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class ClusteringProviderAttribute<T>(string name) : ClusteringProviderAttribute(name) where T : IClusteringProvider, new()
{
    public override IClusteringProvider Create() => new T();
}
