namespace Notify;

/// <summary>What a payload's bytes are. The numbers are stored and sent: never renumber.</summary>
public enum PayloadKind : byte
{
    /// <summary>One JSON value in UTF-8.</summary>
    Json = 0,

    /// <summary>Any bytes.</summary>
    Binary = 1,
}
