namespace Notify;

/// <summary>Pushes by calling the grains: for services that are clients of the cluster, and for edges.</summary>
public sealed class GrainNotifyPublisher(IGrainFactory grains) : INotifyPublisher
{
    /// <inheritdoc/>
    public Task<PushReceipt> PushAsync(PushTarget target, Notification notification, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(notification);
        return target.Connection is { } connection
            ? grains.GetGrain<IEdgeGrain>(connection.Edge.Value).PushToConnection(connection, notification, target.ConnectionTenant)
            : grains.GetChannel(target.Channel).Push(notification);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PushOutcome>> PushManyAsync(IReadOnlyList<PushItem> items, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        var outcomes = new PushOutcome[items.Count];
        var byChannel = new Dictionary<ChannelId, List<int>>();
        var calls = new List<Task>();
        for (int i = 0; i < items.Count; i++)
        {
            if (items[i].Target.Connection is not null)
            {
                calls.Add(PushOneAsync(items[i], outcomes, i));
                continue;
            }

            if (!byChannel.TryGetValue(items[i].Target.Channel, out var indexes))
                byChannel.Add(items[i].Target.Channel, indexes = []);
            indexes.Add(i);
        }

        foreach (var (channel, indexes) in byChannel)
            calls.Add(PushToChannelAsync(channel, items, indexes, outcomes));
        await Task.WhenAll(calls);
        return outcomes;
    }

    private async Task PushOneAsync(PushItem item, PushOutcome[] outcomes, int index)
    {
        try
        {
            outcomes[index] = new(await PushAsync(item.Target, item.Notification), null, false);
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
            var receipts = await grains.GetChannel(channel).PushMany([.. indexes.Select(i => items[i].Notification)]);
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
}
