namespace Notify;

/// <summary>
/// Pushes notifications, for business services: small enough to mock, with an implementation over grains
/// and one over HTTP. Thread safe.
/// </summary>
public interface INotifyPublisher
{
    /// <summary>Pushes one notification.</summary>
    /// <exception cref="ArgumentException">A name or field breaks its limit.</exception>
    /// <exception cref="NotAcknowledgedException">Not acknowledged; push again with the same notification.</exception>
    Task<PushReceipt> PushAsync(PushTarget target, Notification notification, CancellationToken cancellationToken = default);

    /// <summary>Pushes several, each to its own target; an outcome for each, in order; no atomicity. At most 1,000.</summary>
    Task<IReadOnlyList<PushOutcome>> PushManyAsync(IReadOnlyList<PushItem> items, CancellationToken cancellationToken = default);
}

/// <summary>A notification and where it goes.</summary>
public sealed record PushItem(PushTarget Target, Notification Notification);

/// <summary>What became of one item: a receipt, or the reason why there is none.</summary>
/// <param name="Receipt">The receipt; null when it was not acknowledged.</param>
/// <param name="Error">Why not; null when acknowledged.</param>
/// <param name="IsRetryable">Whether pushing it again, with the same id, can help.</param>
public sealed record PushOutcome(PushReceipt? Receipt, string? Error, bool IsRetryable);
