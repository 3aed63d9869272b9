using Orleans;

namespace Notify.Clustering.Engine;

/// <summary>
/// An edge or a service may start before the silos: it tries until one answers, and when none has in time it says so. Orleans' own filter
/// gives up at once where the list of gateways is still empty.
/// </summary>
internal sealed class StartRetries(ClusteringOptions options) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private long? _firstFailure;

    /// <exception cref="ClusteringException">No silo could be reached in time.</exception>
    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        _firstFailure ??= TimeProvider.System.GetTimestamp();
        if (TimeProvider.System.GetElapsedTime(_firstFailure.Value) >= options.StartLimit)
            throw new ClusteringException($"No silo of the cluster '{options.ClusterId}' could be reached within {options.StartLimit} ({ClusteringOptions.Section}:{nameof(options.StartLimit)}): {exception.Message}", exception);
        await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        return true;
    }
}
