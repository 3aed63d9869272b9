using System.Diagnostics;

namespace Notify.Bench.Load;

/// <summary>Pushes on schedule or in a closed loop. Latency is always counted from when a push was due.</summary>
internal sealed class LoadPusher(LoadOptions options, LoadTally tally, IReadOnlyList<INotifyPublisher> publishers, TimeProvider clock)
{
    // As many wait for an answer at most; what is due beyond that is sent late and its wait counts, so that a stalled server shows.
    private const int UnderWayLimit = 1024;
    private static readonly TimeSpan DeliveredLimit = TimeSpan.FromSeconds(10);

    private long _next = -1;

    /// <summary>Completes when the last push was answered.</summary>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        int pushers = options.RatePerSecond is null ? options.InFlight : UnderWayLimit;
        return Task.WhenAll(Enumerable.Range(0, pushers).Select(_ => Task.Run(() => options.RatePerSecond is { } rate
            ? PushOnScheduleAsync(start, rate, cancellationToken)
            : PushInTurnAsync(start, cancellationToken), CancellationToken.None)));
    }

    private async Task PushOnScheduleAsync(long start, double rate, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            long number = Interlocked.Increment(ref _next);
            long due = start + (long)(number / rate * Stopwatch.Frequency);
            if (Stopwatch.GetElapsedTime(start, due) >= options.Duration) return;
            await UntilAsync(due);
            _ = await PushAsync(number, due);
        }
    }

    // Never early: what left before it was due would look faster than it was. Timers have steps of 1 ms; what they add counts as latency.
    private async Task UntilAsync(long due)
    {
        while (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { Ticks: > 0 } wait)
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), clock, CancellationToken.None);
    }

    private async Task PushInTurnAsync(long start, CancellationToken cancellationToken)
    {
        while (Stopwatch.GetElapsedTime(start) < options.Duration && !cancellationToken.IsCancellationRequested)
        {
            var delivered = await PushAsync(Interlocked.Increment(ref _next), Stopwatch.GetTimestamp());
            await Task.WhenAny(delivered, Task.Delay(DeliveredLimit, clock, CancellationToken.None));
        }
    }

    private async Task<Task> PushAsync(long number, long due)
    {
        int group = (int)(number % options.GroupCount);
        var marker = new Marker(due, number);
        var delivered = tally.Ledger.Begin(number, tally.MembersOf(group));
        Interlocked.Increment(ref tally.Pushed);
        try
        {
            _ = await publishers[(int)(number % publishers.Count)].PushAsync(LoadTargets.Of(options, group), new() { Event = "load", Payload = marker.Payload(tally.Run, options.PayloadBytes) });
            tally.AcknowledgeLatency.Record(marker.AgeNanoseconds());
            Interlocked.Increment(ref tally.Acknowledged);
            tally.Ledger.Acknowledge(number);
        }
        catch (Exception refused) when (refused is NotAcknowledgedException or ArgumentException or UnauthorizedAccessException)
        {
            Interlocked.Increment(ref tally.Unacknowledged);
            tally.Ledger.Refuse(number);
            tally.Note(refused.Message);
        }

        return delivered;
    }
}
