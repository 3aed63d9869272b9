namespace Notify.Grains.Log;

/// <summary>How long ids count as pushed before.</summary>
/// <param name="Window">For so long.</param>
/// <param name="LimitEntries">At most so many of one channel.</param>
internal readonly record struct DedupeLimits(TimeSpan Window, int LimitEntries);
