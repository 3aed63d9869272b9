using Orleans.Streams;

namespace Notify.Streams;

/// <summary>The edge's hold on its subscription.</summary>
internal sealed class DirectSubscriptionHandle(EdgeSubscription subscription) : StreamSubscriptionHandle<EdgeBatch>
{
    /// <inheritdoc/>
    public override StreamId StreamId => subscription.StreamId;

    /// <inheritdoc/>
    public override string ProviderName => EdgeStreams.DirectProvider;

    /// <inheritdoc/>
    public override Guid HandleId => subscription.Id;

    /// <summary>Takes the subscription back from every silo.</summary>
    public override Task UnsubscribeAsync() => subscription.UnregisterAsync();

    /// <summary>Registers anew at every living silo: after a new silo, a changed gateway or missing beacons. Idempotent.</summary>
    public override async Task<StreamSubscriptionHandle<EdgeBatch>> ResumeAsync(
        IAsyncObserver<EdgeBatch> observer, StreamSequenceToken? token = null)
    {
        ArgumentNullException.ThrowIfNull(observer);
        if (token is not null) throw new NotSupportedException("An edge's stream cannot be rewound: what was missed is in the channels' logs.");
        await subscription.RegisterAsync(observer);
        return this;
    }

    /// <inheritdoc/>
    public override Task<StreamSubscriptionHandle<EdgeBatch>> ResumeAsync(IAsyncBatchObserver<EdgeBatch> observer, StreamSequenceToken? token = null) =>
        throw DirectStream.NoBatchObservers();

    /// <inheritdoc/>
    public override bool Equals(StreamSubscriptionHandle<EdgeBatch>? other) => other is DirectSubscriptionHandle && other.HandleId == HandleId;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as StreamSubscriptionHandle<EdgeBatch>);

    /// <inheritdoc/>
    public override int GetHashCode() => HandleId.GetHashCode();
}
