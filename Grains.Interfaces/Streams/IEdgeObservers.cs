namespace Notify.Streams;

/// <summary>A silo's memory of which observer receives which edge's stream. Thread safe. Absent in a process that is no silo.</summary>
public interface IEdgeObservers
{
    /// <summary>The edge's observer; null when it has not subscribed at this silo.</summary>
    IEdgeObserver? Find(EdgeId edge);
}
