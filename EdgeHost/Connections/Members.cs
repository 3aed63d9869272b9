using Notify.EdgeHost.Delivery;

namespace Notify.EdgeHost.Connections;

/// <summary>A connection in a channel's list; <see cref="Slot"/> is the channel's place in the connection's own list.</summary>
internal struct Member(Connection connection, int slot)
{
    public readonly Connection Connection = connection;
    public int Slot = slot;
}

/// <summary>A channel in a connection's list; <see cref="Index"/> is the connection's place in the channel's list.</summary>
internal struct Membership(ChannelEntry entry, int index)
{
    public readonly ChannelEntry Entry = entry;
    public int Index = index;
}

/// <summary>
/// The members of one channel at this edge: dense, so that a fan-out walks an array, and each knows its place, so that
/// joining and leaving cost the same whatever the size. Under the delivery worker only.
/// </summary>
internal sealed class Members
{
    private Member[] _members = [];

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>All, in no order.</summary>
    public ReadOnlySpan<Member> All => _members.AsSpan(0, Count);

    /// <summary>Takes a connection in.</summary>
    public static void Join(ChannelEntry entry, Connection connection)
    {
        var members = entry.Members;
        if (members.Count == members._members.Length) Array.Resize(ref members._members, Math.Max(1, 2 * members.Count));
        int slot = connection.AddMembership(new(entry, members.Count));
        members._members[members.Count++] = new(connection, slot);
    }

    /// <summary>Lets a connection go: by its slot in the connection's list.</summary>
    public static void Leave(Connection connection, int slot)
    {
        var (entry, index) = (connection.Memberships[slot].Entry, connection.Memberships[slot].Index);
        var members = entry.Members;
        ref var last = ref members._members[--members.Count];
        if (index != members.Count)
        {
            members._members[index] = last;
            last.Connection.Memberships[last.Slot].Index = index;
        }

        last = default;
        if (members._members.Length > 16 && members.Count < members._members.Length / 4) Array.Resize(ref members._members, members._members.Length / 2);

        // The connection's own list stays dense too: its last membership takes the free slot.
        if (connection.RemoveMembership(slot) is { } moved) moved.Entry.Members._members[moved.Index].Slot = slot;
    }
}
