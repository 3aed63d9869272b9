using System.Diagnostics;

namespace Notify.Bench.Load;

/// <summary>Pushes on schedule or in a closed loop. Latency is always counted from when a push was due.</summary>
internal sealed class LoadPusher(LoadOptions options, LoadTally tally, IReadOnlyList<INotifyPublisher> publishers, TimeProvider clock)
{
    // As many wait for an answer at most; what is due beyond that is sent late and its wait counts, so that a stalled server shows.
    private const int UnderWayLimit = 1024;
    private const int BusyLimitPerSecond = 100; // half a millisecond each: a twentieth of a core
    private static readonly TimeSpan DeliveredLimit = TimeSpan.FromSeconds(10);

    private long _next = -1;

    /// <summary>Completes when the last push was answered.</summary>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        tally.CountsFrom = start + (long)(options.WarmUp.TotalSeconds * Stopwatch.Frequency);
        return options.RatePerSecond is { } rate
            ? Task.Factory.StartNew(() => PushOnSchedule(start, rate, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            : Task.WhenAll(Enumerable.Range(0, options.InFlight).Select(_ => Task.Run(() => PushInTurnAsync(start, cancellationToken), CancellationToken.None)));
    }

    // On a thread of its own: a timer of the thread pool is late by a millisecond or two, which is what is to be measured.
    private void PushOnSchedule(long start, double rate, CancellationToken cancellationToken)
    {
        using var room = new SemaphoreSlim(UnderWayLimit);
        while (!cancellationToken.IsCancellationRequested)
        {
            long number = ++_next;
            long due = start + (long)(number / rate * Stopwatch.Frequency);
            if (Stopwatch.GetElapsedTime(start, due) >= options.WarmUp + options.Duration) break;
            WaitUntil(due, mayBeBusy: rate <= BusyLimitPerSecond, cancellationToken);
            room.Wait(CancellationToken.None);
            _ = PushInRoomAsync(number, due, room); // as far as its first wait here, for this thread is awake
        }

        for (int i = 0; i < UnderWayLimit; i++) room.Wait(CancellationToken.None);
    }

    // Never early: what left before it was due would look faster than it was. Waits have steps of 1 ms; the rest is waited for busily
    // where that takes little of a core, and else counts as latency.
    private static void WaitUntil(long due, bool mayBeBusy, CancellationToken cancellationToken)
    {
        while (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { Ticks: > 0 } wait && !cancellationToken.IsCancellationRequested)
        {
            double milliseconds = wait.TotalMilliseconds;
            int whole = (int)(mayBeBusy ? milliseconds : Math.Ceiling(milliseconds));
            if (whole > 0) _ = cancellationToken.WaitHandle.WaitOne(whole);
            else Thread.SpinWait(20);
        }
    }

    private async Task PushInRoomAsync(long number, long due, SemaphoreSlim room)
    {
        try
        {
            _ = await PushAsync(number, due);
        }
        finally
        {
            _ = room.Release();
        }
    }

    private async Task PushInTurnAsync(long start, CancellationToken cancellationToken)
    {
        while (Stopwatch.GetElapsedTime(start) < options.WarmUp + options.Duration && !cancellationToken.IsCancellationRequested)
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
            if (due >= tally.CountsFrom) tally.AcknowledgeLatency.Record(marker.AgeNanoseconds());
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
