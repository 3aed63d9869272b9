namespace Notify;

/// <summary>The kinds of channel. The numbers are stored and sent: never renumber.</summary>
public enum ChannelKind : byte
{
    /// <summary>All connections of one user.</summary>
    User = 1,

    /// <summary>All connections of one company's users.</summary>
    Company = 2,

    /// <summary>All connections subscribed to one topic.</summary>
    Topic = 3,

    /// <summary>All connections of a tenant.</summary>
    Everyone = 4,
}
