using System.Collections.Immutable;

namespace Notify;

/// <summary>Asks for what a channel retained after a position.</summary>
/// <param name="After">The last position that the reader has; an unknown or other epoch means from the start of what is kept.</param>
/// <param name="LimitEntries">At most so many notifications; 1 to 1,000.</param>
/// <param name="LimitBytes">Stops before the payloads exceed this, but gives at least one notification.</param>
[GenerateSerializer, Immutable, Alias("notify.ChannelRead")]
public sealed record ChannelRead(
    [property: Id(0)] Position After,
    [property: Id(1)] int LimitEntries,
    [property: Id(2)] int LimitBytes);

/// <summary>A notification at its position.</summary>
[GenerateSerializer, Immutable, Alias("notify.PositionedNotification")]
public sealed record PositionedNotification(
    [property: Id(0)] Position Position,
    [property: Id(1)] Notification Notification);

/// <summary>The answer to a <see cref="ChannelRead"/>: one page, and the range that it covers.</summary>
/// <param name="Entries">In order; may leave out offsets within the range that expired.</param>
/// <param name="CoveredTo">The page covers everything after the asked position up to and including this one.</param>
/// <param name="Head">The newest position when the page was read.</param>
/// <param name="IsComplete">False when something after the asked position is gone: pruned by retention, or of a lost epoch.</param>
[GenerateSerializer, Immutable, Alias("notify.ChannelPage")]
public sealed record ChannelPage(
    [property: Id(0)] ImmutableArray<PositionedNotification> Entries,
    [property: Id(1)] Position CoveredTo,
    [property: Id(2)] Position Head,
    [property: Id(3)] bool IsComplete);
