using System.IO.Pipelines;

namespace Notify.EdgeHost.Transports.BelowHttp;

/// <summary>Waits for the first bytes of a connection, so briefly that HTTP's own limits are what counts for those who send none.</summary>
internal static class FirstBytes
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>What has come; nothing when the time is over.</summary>
    public static ValueTask<ReadResult> ReadAsync(PipeReader input, TimeProvider clock)
    {
        var reading = input.ReadAsync();
        return reading.IsCompleted ? reading : WaitAsync(reading, input, clock);
    }

    private static async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> reading, PipeReader input, TimeProvider clock)
    {
        var waiting = new Waiting(input);
        ReadResult result;
        await using (clock.CreateTimer(static state => ((Waiting)state!).Cancel(), waiting, Limit, Timeout.InfiniteTimeSpan)) result = await reading;
        if (!waiting.IsCancelled || result.IsCanceled) return result;

        // Bytes came just when the time was over: the next read would end for nothing, and that is to be ours.
        input.AdvanceTo(result.Buffer.Start);
        return await input.ReadAsync();
    }

    private sealed class Waiting(PipeReader input)
    {
        public bool IsCancelled { get; private set; }

        public void Cancel()
        {
            IsCancelled = true;
            input.CancelPendingRead();
        }
    }
}
