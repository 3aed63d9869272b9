using Orleans.Streams;

namespace Notify.Streams;

/// <summary>An edge's stream: silos write to it, the edge subscribes to it.</summary>
internal sealed class DirectStream(DirectStreamProvider provider, StreamId stream, EdgeId edge, IEdgeObservers? observers)
    : IAsyncStream<EdgeBatch>
{
    /// <inheritdoc/>
    public bool IsRewindable => false;

    /// <inheritdoc/>
    public string ProviderName => provider.Name;

    /// <inheritdoc/>
    public StreamId StreamId => stream;

    /// <summary>Sends a batch to the edge's observer; completes when the edge has taken it.</summary>
    /// <exception cref="EdgeNotSubscribedException">The edge has not subscribed at this silo.</exception>
    /// <exception cref="NotSupportedException">This process is no silo.</exception>
    public Task OnNextAsync(EdgeBatch item, StreamSequenceToken? token = null)
    {
        if (observers is null) throw new NotSupportedException("Only silos write to an edge's stream.");
        return observers.Find(edge) is { } observer ? observer.Receive(item) : Task.FromException(new EdgeNotSubscribedException(edge));
    }

    /// <summary>Has every living silo send this stream to <paramref name="observer"/>; fails only when no silo took it.</summary>
    public async Task<StreamSubscriptionHandle<EdgeBatch>> SubscribeAsync(IAsyncObserver<EdgeBatch> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return new DirectSubscriptionHandle(await provider.SubscribeAsync(stream, edge, observer));
    }

    /// <inheritdoc/>
    public Task<StreamSubscriptionHandle<EdgeBatch>> SubscribeAsync(
        IAsyncObserver<EdgeBatch> observer, StreamSequenceToken? token, string? filterData = null)
    {
        if (token is not null) throw new NotSupportedException("An edge's stream cannot be rewound: what was missed is in the channels' logs.");
        if (filterData is not null) throw new NotSupportedException("An edge's stream has no filter.");
        return SubscribeAsync(observer);
    }

    /// <inheritdoc/>
    public Task<StreamSubscriptionHandle<EdgeBatch>> SubscribeAsync(IAsyncBatchObserver<EdgeBatch> observer) => throw NoBatchObservers();

    /// <inheritdoc/>
    public Task<StreamSubscriptionHandle<EdgeBatch>> SubscribeAsync(IAsyncBatchObserver<EdgeBatch> observer, StreamSequenceToken? token) =>
        throw NoBatchObservers();

    /// <inheritdoc/>
    public Task<IList<StreamSubscriptionHandle<EdgeBatch>>> GetAllSubscriptionHandles() =>
        Task.FromResult<IList<StreamSubscriptionHandle<EdgeBatch>>>(
            provider.Find(edge) is { } subscription ? [new DirectSubscriptionHandle(subscription)] : []);

    /// <inheritdoc/>
    public Task OnNextBatchAsync(IEnumerable<EdgeBatch> batch, StreamSequenceToken? token = null) =>
        throw new NotSupportedException("An item of an edge's stream is a batch already.");

    /// <inheritdoc/>
    public Task OnCompletedAsync() => throw new NotSupportedException("An edge's stream ends with the edge's lease.");

    /// <inheritdoc/>
    public Task OnErrorAsync(Exception ex) => throw new NotSupportedException("An edge's stream carries no errors.");

    /// <inheritdoc/>
    public bool Equals(IAsyncStream<EdgeBatch>? other) => other is DirectStream && other.StreamId.Equals(stream);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as IAsyncStream<EdgeBatch>);

    /// <inheritdoc/>
    public override int GetHashCode() => stream.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(IAsyncStream<EdgeBatch>? other) =>
        string.CompareOrdinal(edge.Value, other?.StreamId.GetKeyAsString());

    internal static NotSupportedException NoBatchObservers() => new("An item of an edge's stream is a batch already: subscribe an observer of items.");
}
