namespace Notify.Grains.Channels;

/// <summary>
/// Tokens that are cancelled when an append has had its time. Those that begin shortly after another share its token, so that an append needs no
/// timer of its own; their time is shorter by a thirty-second at most. Thread safe.
/// </summary>
internal sealed class AppendDeadlines(TimeSpan timeout, TimeProvider time)
{
    private const int Slices = 32;

    private Slice? _newest;

    /// <summary>The token of an append that begins now.</summary>
    public CancellationToken Next()
    {
        var newest = Volatile.Read(ref _newest);
        if (newest is null || time.GetElapsedTime(newest.Began) >= timeout / Slices)
        {
            // Two at once make one each; the one that is not kept ends by itself, too.
            newest = new(time.GetTimestamp(), new CancellationTokenSource(timeout, time).Token);
            Volatile.Write(ref _newest, newest);
        }

        return newest.Token;
    }

    private sealed record Slice(long Began, CancellationToken Token);
}
