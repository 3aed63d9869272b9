using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Notify.Grains.Log;

namespace Notify.Grains.Channels;

/// <summary>
/// The ids pushed to one channel lately, with what became of them: a repeat gets the first push's receipt, also while the first is
/// still under way. Bounded in time and in number. Not thread safe.
/// </summary>
internal sealed class DedupeWindow(TimeSpan window, int limitEntries)
{
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly Queue<(string Id, DateTimeOffset Time)> _ages = new();

    public int Count => _entries.Count;

    /// <summary>The task of the receipt that a repeat of this id gets; false when the id is new.</summary>
    public bool TryGetRepeat(string id, DateTimeOffset now, [NotNullWhen(true)] out Task<PushReceipt>? receipt)
    {
        Prune(now);
        receipt = null;
        if (!_entries.TryGetValue(id, out var entry)) return false;
        receipt = entry.Pending is { } pending ? pending.RepeatAsync() : Task.FromResult(entry.ToReceipt(id));
        return true;
    }

    /// <summary>A new push is under way.</summary>
    public void Begin(PendingPush push)
    {
        var notification = push.Notification;
        _entries[notification.Id] = new(notification.Time, push, default, 0, 0);
        _ages.Enqueue((notification.Id, notification.Time));
    }

    /// <summary>It got its receipt.</summary>
    public void Complete(PushReceipt receipt)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrNullRef(_entries, receipt.Id);
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref entry))
            entry = new(entry.Time, null, receipt.Position, receipt.Edges, receipt.Connections);
    }

    /// <summary>It was not acknowledged: the next push of this id is no repeat.</summary>
    public void Abandon(string id) => _entries.Remove(id);

    /// <summary>The receipt that the log knows for a push that is under way here; null when the log does not have it.</summary>
    public PushReceipt? FindCommitted(string id) =>
        _entries.TryGetValue(id, out var entry) && entry.Position.IsKnown ? entry.ToReceipt(id) : null;

    /// <summary>Takes in what the log has. Receipts known here stay: the log does not know how many edges a push was sent to.</summary>
    public void Merge(ImmutableArray<RecentId> recent)
    {
        foreach (var (id, position, time) in recent)
        {
            ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, id, out bool exists);
            if (exists)
            {
                if (entry.Pending is not null) entry = entry with { Position = position };
                continue;
            }

            entry = new(time, null, position, 0, 0);
            _ages.Enqueue((id, time));
        }
    }

    private void Prune(DateTimeOffset now)
    {
        while (_ages.TryPeek(out var oldest) && (_entries.Count > limitEntries || oldest.Time <= now - window))
        {
            // An abandoned id may have been pushed again since: that later entry has a place of its own in the queue.
            if (_entries.TryGetValue(oldest.Id, out var entry) && entry.Time == oldest.Time)
            {
                if (entry.Pending is not null) return;
                _entries.Remove(oldest.Id);
            }

            _ages.Dequeue();
        }
    }

    private readonly record struct Entry(DateTimeOffset Time, PendingPush? Pending, Position Position, int Edges, int Connections)
    {
        public PushReceipt ToReceipt(string id) => new(id, Position, Edges, Connections, IsRepeat: true);
    }
}
