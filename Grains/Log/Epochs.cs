namespace Notify.Grains.Log;

/// <summary>How the stores choose epochs: by the clock, so that a store that was lost as a whole comes back with newer ones.</summary>
internal static class Epochs
{
    /// <summary>The first epoch of a new store.</summary>
    public static long First(DateTimeOffset now) => (now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>An epoch newer than one that was given before.</summary>
    public static long After(long epoch, DateTimeOffset now) => Math.Max(epoch + 1, First(now));

    /// <summary>Whether somebody has seen more than the log has: then history was lost.</summary>
    public static bool IsBehind(Position head, Position known) =>
        known.Epoch > head.Epoch || (known.Epoch == head.Epoch && known.Offset > head.Offset);
}
