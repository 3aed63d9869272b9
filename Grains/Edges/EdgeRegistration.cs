using Notify.Streams;

namespace Notify.Grains.Edges;

/// <summary>An edge's subscription at this silo: whom to call, until a newer one takes its place.</summary>
/// <param name="observer">The edge's observer.</param>
/// <param name="number">Grows with each registration of the edge.</param>
internal sealed class EdgeRegistration(IEdgeObserver observer, long number)
{
    private readonly TaskCompletionSource _superseded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IEdgeObserver Observer => observer;

    public long Number => number;

    /// <summary>Completes when this is not the edge's registration any more.</summary>
    public Task Superseded => _superseded.Task;

    public void Supersede() => _superseded.TrySetResult();
}
