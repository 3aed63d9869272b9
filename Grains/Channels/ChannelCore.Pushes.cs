using System.Collections.Immutable;
using Notify.Grains.Log;
using Notify.Grains.Telemetry;
using Notify.Streams;

namespace Notify.Grains.Channels;

// The pushes of a channel: gathered while an append runs, appended together, sent in the order of their arrival.
internal sealed partial class ChannelCore
{
    private DedupeWindow? _dedupe;
    private Queue<PendingPush>? _waiting;
    private Task? _draining;

    private DedupeWindow Dedupe => _dedupe ??= new(services.Options.DedupeWindow, services.Options.DedupeLimitEntries);

    /// <summary>Pushes one; see <see cref="IChannelGrain.Push"/>.</summary>
    public Task<PushReceipt> PushAsync(Notification notification)
    {
        Check(notification);
        if (_draining is not null || _waiting is not null) return Enqueue(notification, continuesGroup: false);

        // Nothing else is under way, as nearly always: without a queue.
        var now = services.Clock.Time.GetUtcNow();
        if (Dedupe.TryGetRepeat(notification.Id, now, out var repeat)) return repeat;
        var push = Begin(notification, now, continuesGroup: false);
        Drain([push]);
        return push.Task;
    }

    /// <summary>Pushes several as one commit; see <see cref="IChannelGrain.PushMany"/>.</summary>
    public async Task<ImmutableArray<PushReceipt>> PushManyAsync(ImmutableArray<Notification> notifications)
    {
        if (notifications.IsDefaultOrEmpty) return [];
        if (notifications.Length > ChannelOptions.PushManyLimitEntries)
            throw new ArgumentException($"More than {ChannelOptions.PushManyLimitEntries} notifications at once.");
        foreach (var notification in notifications) Check(notification);

        var receipts = new Task<PushReceipt>[notifications.Length];
        for (int i = 0; i < receipts.Length; i++) receipts[i] = Enqueue(notifications[i], continuesGroup: i > 0);
        Drain();
        return [.. await Task.WhenAll(receipts)];
    }

    private void Check(Notification notification)
    {
        if (PushRules.Check(channel) is { } badName) throw new ArgumentException(badName);
        if (PushRules.Check(notification, services.Options.PayloadLimitBytes) is { } bad) throw new ArgumentException(bad);
    }

    private Task<PushReceipt> Enqueue(Notification notification, bool continuesGroup)
    {
        var now = services.Clock.Time.GetUtcNow();
        if (Dedupe.TryGetRepeat(notification.Id, now, out var repeat)) return repeat;
        if (_waiting?.Count >= services.Options.WaitingLimitEntries)
            return Task.FromException<PushReceipt>(new NotAcknowledgedException($"Too many pushes wait for the log of {channel}."));
        var push = Begin(notification, now, continuesGroup);
        (_waiting ??= new()).Enqueue(push);
        return push.Task;
    }

    private PendingPush Begin(Notification notification, DateTimeOffset now, bool continuesGroup)
    {
        var span = ChannelSpans.BeginPush(channel, notification);
        var push = new PendingPush(notification with { Time = now, TraceParent = span?.Id ?? notification.TraceParent }, continuesGroup) { Span = span };
        Dedupe.Begin(push);
        return push;
    }

    private void Drain(PendingPush[]? first = null)
    {
        if (_draining is not null) return;
        var draining = DrainAsync(first);
        if (!draining.IsCompleted) _draining = draining;
    }

    private Task DrainedAsync() => _draining ?? Task.CompletedTask;

    private async Task DrainAsync(PendingPush[]? first)
    {
        while (first is not null || _waiting is { Count: > 0 })
        {
            var pushes = first ?? TakeWaiting();
            first = null;
            try
            {
                await CommitAsync(pushes);
            }
            catch (Exception failure)
            {
                // A defect here must not leave the channel's pushers waiting for ever.
                LogCommitFailed(services.Logger, channel, failure);
                foreach (var push in pushes.Where(push => !push.Task.IsCompleted)) Fail(push);
            }
        }

        _waiting = null;
        _draining = null;
    }

    // Everything that waits, up to the limit of an append; a PushMany stays in one piece.
    private PendingPush[] TakeWaiting()
    {
        var taken = new List<PendingPush>(Math.Min(_waiting!.Count, ChannelOptions.PushManyLimitEntries));
        while (_waiting.TryPeek(out var next) && (taken.Count < ChannelOptions.PushManyLimitEntries || next.ContinuesGroup))
            taken.Add(_waiting.Dequeue());
        return [.. taken];
    }

    private async Task CommitAsync(PendingPush[] pushes)
    {
        bool isLoaded = await TryLoadAsync();

        var now = services.Clock.Time.GetUtcNow();
        var retained = new List<Notification>(pushes.Length);
        foreach (var push in pushes)
        {
            // Loading may have shown that an earlier push of this id, whose outcome was unknown, is committed.
            if (Dedupe.FindCommitted(push.Notification.Id) is { } receipt) Complete(push, receipt);
            else if (push.Notification.Retain && !IsExpired(push.Notification, now)) retained.Add(Untraced(push.Notification));
        }

        var committed = default(Position?);
        if (retained.Count > 0 && isLoaded && !MustStepDown) committed = await TryAppendAsync(pushes, retained);

        // One turn from here on: the head moves, edges are sent to and pushers answered together.
        var next = committed?.Plus(1 - retained.Count);
        foreach (var push in pushes)
        {
            if (push.Task.IsCompleted) continue;
            if (push.Notification.Retain && !IsExpired(push.Notification, now))
            {
                if (next is { } position)
                {
                    _head = position;
                    next = position.Plus(1);
                    Complete(push, Receipt(push, SendAt(DeliveryKind.Retained, push)));
                }
                else if (Dedupe.FindCommitted(push.Notification.Id) is { } found)
                {
                    // The append failed, yet the log has it; loading has told the edges.
                    Complete(push, found with { Edges = _roster.EdgeCount, Connections = _roster.MemberCount, IsRepeat = false });
                }
                else
                {
                    Fail(push);
                }
            }
            else if (!_head.IsKnown)
            {
                Fail(push);
            }
            else
            {
                Complete(push, Receipt(push, IsExpired(push.Notification, now) ? default : SendAt(DeliveryKind.Ephemeral, push)));
            }
        }
    }

    // The trace is of the push: what is kept for later readers is not part of it.
    private static Notification Untraced(Notification notification) =>
        notification.TraceParent is null ? notification : notification with { TraceParent = null };

    private async ValueTask<bool> TryLoadAsync()
    {
        try
        {
            if (!_isLoaded) await LoadAsync();
            return true;
        }
        catch (Exception failure)
        {
            // Whatever the store threw: pushers hear that it was not acknowledged, the next push tries again.
            LogLoadFailed(services.Logger, channel, failure);
            return false;
        }
    }

    /// <summary>The new head, or null when the outcome is unknown or another activation appended.</summary>
    private async ValueTask<Position?> TryAppendAsync(PendingPush[] pushes, List<Notification> retained)
    {
        var span = ChannelSpans.BeginAppend(channel, pushes);
        long started = services.Metrics.IsAppendTimed ? services.Clock.Time.GetTimestamp() : 0;
        var head = await TryAppendAsync(retained);
        if (started != 0) services.Metrics.AppendTook(channel.Kind, head is not null, services.Clock.Time.GetElapsedTime(started));
        ChannelSpans.EndAppend(span, head is not null);
        return head;
    }

    private async ValueTask<Position?> TryAppendAsync(List<Notification> retained)
    {
        var expected = _head;
        try
        {
            var result = await services.Log.AppendAsync(channel, expected, retained, services.Deadlines.Next());
            if (result.IsAppended) return result.Head;
            if (Epochs.IsBehind(result.Head, expected))
            {
                // The store has less than it acknowledged (a backup, a standby that was behind). Another activation would not know:
                // it would give these offsets again, and edges would take what is new for repeats.
                LogLogIsBehind(services.Logger, channel, expected, result.Head);
                _isLoaded = false;
                _ = await TryLoadAsync();
                return null;
            }

            LogSteppingDown(services.Logger, channel, expected, result.Head);
            MustStepDown = true;
        }
        catch (Exception failure)
        {
            // Whatever the store threw, it may have committed: ask it at once, so that edges miss nothing until the next push.
            LogAppendFailed(services.Logger, channel, failure is OperationCanceledException ? TimedOut(failure) : failure);
            _isLoaded = false;
            _ = await TryLoadAsync();
        }

        return null;
    }

    private TimeoutException TimedOut(Exception failure) => new($"The log did not answer for {services.Options.LogTimeout}.", failure);

    private (int Edges, int Connections) SendAt(DeliveryKind kind, PendingPush push) =>
        Send(new() { Kind = kind, Channel = channel, Position = _head, Notification = push.Notification });

    private PushReceipt Receipt(PendingPush push, (int Edges, int Connections) sent) =>
        new(push.Notification.Id, _head, sent.Edges, sent.Connections, IsRepeat: false);

    private void Complete(PendingPush push, PushReceipt receipt)
    {
        Dedupe.Complete(receipt);
        services.Metrics.Pushed(channel.Kind, receipt.IsRepeat);
        ChannelSpans.EndPush(push.Span, receipt);
        push.SetResult(receipt);
    }

    private void Fail(PendingPush push)
    {
        Dedupe.Abandon(push.Notification.Id);
        services.Metrics.NotAcknowledged(channel.Kind);
        ChannelSpans.EndPush(push.Span, null);
        push.SetException(new NotAcknowledgedException(MustStepDown
            ? $"Another activation of {channel} has taken over; try again with the same id."
            : $"The log of {channel} did not say that it stored the notification; try again with the same id."));
    }

    private static bool IsExpired(Notification notification, DateTimeOffset now) => notification.ExpiresAt <= now;
}
