using System.Collections.Immutable;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Resume;
using Notify.Protocol;

namespace Notify.EdgeHost.Delivery;

/// <summary>A channel at this edge: its protocol state, its members, and who waits for it to be joined. Under the delivery worker only.</summary>
internal sealed class ChannelEntry(ChannelId id, EdgeChannelOptions options)
{
    /// <summary>The channel.</summary>
    public ChannelId Id => id;

    /// <summary>Positions, gaps and roster duty.</summary>
    public EdgeChannel Channel { get; } = new(id, options);

    /// <summary>Its tag in cursors.</summary>
    public long Tag { get; } = Cursor.TagOf(id.KindName, id.Name);

    /// <summary>What is remembered for those who return; null: nothing yet.</summary>
    public Backlog? Backlog { get; set; }

    /// <summary>Its connections here.</summary>
    public Members Members { get; } = new();

    /// <summary>Who waits for it to be joined, and for an attach of this number to be answered; null: nobody.</summary>
    public List<(Joining Joining, int Report)>? Waiting { get; set; }

    /// <summary>How many attaches were begun.</summary>
    public int Reports { get; set; }

    /// <summary>The number of the last attach that was answered.</summary>
    public int Reported { get; set; }

    /// <summary>Its place in the list that the audit walks.</summary>
    public int AuditIndex { get; set; }

    /// <summary>When it is looked at again without an event; null: it is not.</summary>
    public TimeSpan? Wakeup { get; set; }

    /// <summary>It waits for room among the calls in flight.</summary>
    public bool IsStarved { get; set; }

    /// <summary>What a roster is told of a user's connections, oldest first; of other channels nothing but the count.</summary>
    public ImmutableArray<ConnectionEntry> ReportedConnections()
    {
        if (id.Kind != ChannelKind.User) return [];
        var all = Members.All;
        var connections = new Connection[all.Length];
        for (int i = 0; i < all.Length; i++) connections[i] = all[i].Connection;
        Array.Sort(connections, static (a, b) => a.Serial.CompareTo(b.Serial));
        return [.. connections.Select(c => c.Entry)];
    }
}

/// <summary>A connection that waits for channels to be joined: all of its first ones, or those of a subscribe frame.</summary>
internal sealed class Joining(Connection connection, ReadOnlyMemory<byte> reference, ChannelId[] channels, bool isWelcome, TimeSpan deadline)
{
    /// <summary>Who waits.</summary>
    public Connection Connection => connection;

    /// <summary>The subscribe frame's ref.</summary>
    public ReadOnlyMemory<byte> Ref => reference;

    /// <summary>What it waits for, joined or not.</summary>
    public ChannelId[] Channels => channels;

    /// <summary>Whether a welcome follows; else a reply.</summary>
    public bool IsWelcome => isWelcome;

    /// <summary>Until when.</summary>
    public TimeSpan Deadline => deadline;

    /// <summary>From where it wants its channels; null: live only.</summary>
    public ResumeRequest? Resume { get; init; }

    /// <summary>How many are not joined yet, or not known.</summary>
    public int Remaining { get; set; }
}
