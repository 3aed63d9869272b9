using System.Collections.Immutable;

namespace Notify.Grains.Log;

/// <summary>
/// Where channels keep what they retained: for each channel a head, the newest notifications, and the ids of the last minutes.
/// Every channel has a head; one that nothing was ever pushed to is at offset 0 of some epoch. Thread safe.
/// </summary>
internal interface IChannelLog
{
    /// <summary>
    /// Commits the notifications, in order, directly behind <paramref name="expectedHead"/>, all or none. It ends when it is cancelled, also
    /// where the store hangs. An exception or a cancellation leaves open whether they are or will be committed.
    /// </summary>
    ValueTask<AppendResult> AppendAsync(
        ChannelId channel, Position expectedHead, IReadOnlyList<Notification> notifications, CancellationToken cancellationToken);

    /// <summary>Reads a page; see <see cref="ChannelRead"/> and <see cref="ChannelPage"/>.</summary>
    ValueTask<ChannelPage> ReadAsync(ChannelId channel, ChannelRead request, CancellationToken cancellationToken);

    /// <summary>
    /// The head and the dedupe window. Where the head is behind <paramref name="known"/>, the newest position that the caller has
    /// seen, history was lost and the channel goes on in a new epoch.
    /// </summary>
    ValueTask<ChannelLogState> LoadAsync(ChannelId channel, Position known, CancellationToken cancellationToken);
}

/// <summary>What came of an append.</summary>
/// <param name="IsAppended">False: the head was not the expected one (another activation appends), and nothing was appended.</param>
/// <param name="Head">The head now.</param>
internal readonly record struct AppendResult(bool IsAppended, Position Head)
{
    public static AppendResult Appended(Position head) => new(true, head);

    public static AppendResult Conflict(Position head) => new(false, head);
}

/// <summary>What an activation needs to go on with a channel.</summary>
/// <param name="Head">The newest position.</param>
/// <param name="Recent">The ids of the dedupe window, oldest first.</param>
internal readonly record struct ChannelLogState(Position Head, ImmutableArray<RecentId> Recent);

/// <summary>A committed id.</summary>
/// <param name="Id">The notification's id.</param>
/// <param name="Position">Its position.</param>
/// <param name="Time">When the channel accepted it.</param>
internal readonly record struct RecentId(string Id, Position Position, DateTimeOffset Time);
