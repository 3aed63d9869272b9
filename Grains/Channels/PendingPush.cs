using System.Diagnostics;

namespace Notify.Grains.Channels;

/// <summary>A push that waits for its receipt.</summary>
/// <param name="notification">What is pushed, with the time of its acceptance.</param>
/// <param name="continuesGroup">Belongs to the same commit as the push before it.</param>
internal sealed class PendingPush(Notification notification, bool continuesGroup)
    : TaskCompletionSource<PushReceipt>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public Notification Notification => notification;

    public bool ContinuesGroup => continuesGroup;

    /// <summary>Its span; null: it is not traced.</summary>
    public Activity? Span { get; init; }

    /// <summary>The receipt that a repeat of this push gets.</summary>
    public async Task<PushReceipt> RepeatAsync() => await Task with { IsRepeat = true };
}
