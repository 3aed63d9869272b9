namespace Notify.Grains.Log.Files;

/// <summary>What becomes true when a batch is on the disk.</summary>
/// <param name="Change">What it is.</param>
/// <param name="Channel">The channel; not yet in the index when this is its first record.</param>
/// <param name="Position">The notification's position, or the head.</param>
/// <param name="At">Where its record begins within the batch.</param>
/// <param name="Length">The record's bytes; 0: it has none.</param>
/// <param name="UtcTicks">With a notification: when it was accepted.</param>
internal readonly record struct PlannedRecord(PlannedChange Change, FileChannel Channel, Position Position, int At, int Length, long UtcTicks);

/// <summary>What a record changes.</summary>
internal enum PlannedChange
{
    /// <summary>A notification behind the head.</summary>
    Append,

    /// <summary>The head's place, and its epoch when that is another one.</summary>
    Head,

    /// <summary>A notification's place.</summary>
    Move,

    /// <summary>The notification and all before it go.</summary>
    Drop,
}
