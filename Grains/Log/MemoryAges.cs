namespace Notify.Grains.Log;

/// <summary>
/// The order in which the memory log gives things up: notifications of all channels, oldest first, then channels that have none left.
/// Every operation is O(1). Not thread safe.
/// </summary>
internal sealed class MemoryAges
{
    private readonly LinkedList<MemoryChannel> _empty = [];
    private MemoryNode? _newest;

    public MemoryNode? Oldest { get; private set; }

    public MemoryChannel? OldestEmpty => _empty.First?.Value;

    /// <summary>Adds the newest notification; its channel is not empty any more.</summary>
    public void Add(MemoryNode node)
    {
        node.Older = _newest;
        if (_newest is null) Oldest = node;
        else _newest.Newer = node;
        _newest = node;
        RemoveEmpty(node.Channel);
    }

    public void Remove(MemoryNode node)
    {
        if (node.Older is null) Oldest = node.Newer;
        else node.Older.Newer = node.Newer;
        if (node.Newer is null) _newest = node.Older;
        else node.Newer.Older = node.Older;
        node.Older = node.Newer = null;
    }

    public void AddEmpty(MemoryChannel channel) => channel.EmptyPlace ??= _empty.AddLast(channel);

    public void RemoveEmpty(MemoryChannel channel)
    {
        if (channel.EmptyPlace is null) return;
        _empty.Remove(channel.EmptyPlace);
        channel.EmptyPlace = null;
    }
}
