using System.Runtime.InteropServices;

namespace Notify;

/// <summary>Pushes by calling the grains: for services that are clients of the cluster, and for edges.</summary>
public sealed class GrainNotifyPublisher(IGrainFactory grains) : INotifyPublisher
{
    /// <inheritdoc/>
    public Task<PushReceipt> PushAsync(PushTarget target, Notification notification, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(notification);
        notification = notification.WithCallersTrace();
        return target.Connection is { } connection
            ? grains.GetGrain<IEdgeGrain>(connection.Edge.Value).PushToConnection(connection, notification, target.ConnectionTenant)
            : grains.GetChannel(target.Channel).Push(notification);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PushOutcome>> PushManyAsync(IReadOnlyList<PushItem> items, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        var outcomes = new PushOutcome[items.Count];
        var rest = new Rest(items.Count);
        for (int i = 0; i < items.Count; i++)
        {
            if (items[i].Target.Connection is null) rest.Add(items[i].Target.Channel, i);
        }

        // All are begun before one is awaited. Items of one channel go together, in their order.
        List<Task>? calls = null;
        for (int i = 0; i < items.Count; i++)
        {
            if (items[i].Target.Connection is null && !rest.IsFirst(i)) continue;
            var call = items[i].Target.Connection is not null || rest.After(i) == 0
                ? PushOneAsync(items[i], outcomes, i, cancellationToken)
                : PushToChannelAsync(items[i].Target.Channel, items, rest.From(i), outcomes);
            if (!call.IsCompletedSuccessfully) (calls ??= []).Add(call);
        }

        if (calls is not null) await Task.WhenAll(calls);
        return outcomes;
    }

    private async Task PushOneAsync(PushItem item, PushOutcome[] outcomes, int index, CancellationToken cancellationToken)
    {
        try
        {
            outcomes[index] = new(await PushAsync(item.Target, item.Notification, cancellationToken), null, false);
        }
        catch (Exception failure) when (ToOutcome(failure) is { } outcome)
        {
            outcomes[index] = outcome;
        }
    }

    private async Task PushToChannelAsync(ChannelId channel, IReadOnlyList<PushItem> items, List<int> indexes, PushOutcome[] outcomes)
    {
        try
        {
            var receipts = await grains.GetChannel(channel).PushMany([.. indexes.Select(i => items[i].Notification.WithCallersTrace())]);
            for (int i = 0; i < indexes.Count; i++) outcomes[indexes[i]] = new(receipts[i], null, false);
        }
        catch (Exception failure) when (ToOutcome(failure) is { } outcome)
        {
            foreach (int i in indexes) outcomes[i] = outcome;
        }
    }

    private static PushOutcome? ToOutcome(Exception failure) => failure switch
    {
        ArgumentException => new(null, failure.Message, false),
        NotAcknowledgedException or TimeoutException or OrleansException => new(null, failure.Message, true),
        _ => null,
    };

    /// <summary>Which items go to the same channel: for each the next one, 0 for the last. Nearly always each is its channel's only one.</summary>
    private readonly struct Rest(int count)
    {
        private readonly Dictionary<ChannelId, int> _last = new(count);
        private readonly int[] _next = new int[count];
        private readonly bool[] _isLater = new bool[count];

        public void Add(ChannelId channel, int index)
        {
            ref int last = ref CollectionsMarshal.GetValueRefOrAddDefault(_last, channel, out bool exists);
            if (exists) _next[last] = index;
            _isLater[index] = exists;
            last = index;
        }

        public bool IsFirst(int index) => !_isLater[index];

        public int After(int index) => _next[index];

        public List<int> From(int first)
        {
            List<int> all = [first];
            while (_next[all[^1]] is var next and not 0) all.Add(next);
            return all;
        }
    }
}
