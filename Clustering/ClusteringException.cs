namespace Notify.Clustering;

/// <summary>This process cannot take part in a cluster; the message says why and what to do, in one sentence.</summary>
public sealed class ClusteringException : InvalidOperationException
{
    public ClusteringException(string message)
        : base(message)
    {
    }

    public ClusteringException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
