namespace Notify.EdgeHost.Lifecycle;

/// <summary>
/// An edge's own view of its lease, by its own monotonic clock: never longer than the directory's, because it counts from before the
/// renewal was sent. While the directory is unreachable the edge serves as long as this lasts. Pure; not thread safe.
/// </summary>
internal sealed class EdgeLease(TimeSpan takenAt, TimeSpan firstLease)
{
    private TimeSpan _endsAt = takenAt + firstLease;
    private bool _isRefused;

    /// <summary>A renewal was answered.</summary>
    /// <param name="result">The answer.</param>
    /// <param name="sentAt">When the request was sent, not when the answer came.</param>
    public void OnAnswer(LeaseResult result, TimeSpan sentAt)
    {
        if (!result.IsGranted) _isRefused = true;
        else if (sentAt + result.Lease > _endsAt) _endsAt = sentAt + result.Lease;
    }

    /// <summary>Whether the edge must stop serving under this id and take a new one.</summary>
    public bool IsLost(TimeSpan now) => _isRefused || now >= _endsAt;
}
