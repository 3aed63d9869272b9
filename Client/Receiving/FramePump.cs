using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Notify.Protocol;

namespace Notify.Client;

/// <summary>
/// Reads a link ahead of whoever reads the connection, so that answers arrive also while that one is busy with a notification, perhaps
/// waiting for just that answer. Reads on without bound only while an answer is awaited.
/// </summary>
internal static class FramePump
{
    private const int AheadLimitCount = 256;

    public static async IAsyncEnumerable<ServerFrame> ReadAsync(
        IAsyncEnumerable<ServerFrame> link, PendingReplies replies, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ahead = Channel.CreateUnbounded<ServerFrame>(); // one for a single reader would not count
        var reading = RunAsync(link, replies, ahead, stop.Token);
        try
        {
            await foreach (var frame in ahead.Reader.ReadAllAsync(cancellationToken))
            {
                replies.SignalChange();
                yield return frame;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
        }
    }

    /// <summary>Never fails: what went wrong is the channel's end.</summary>
    private static async Task RunAsync(IAsyncEnumerable<ServerFrame> link, PendingReplies replies, Channel<ServerFrame> ahead, CancellationToken cancellationToken)
    {
        Exception? end = null;
        try
        {
            await foreach (var frame in link.WithCancellation(cancellationToken))
            {
                if (frame.Type is FrameTypes.Reply or FrameTypes.Error) replies.Complete(frame);
                else _ = ahead.Writer.TryWrite(frame);
                while (true)
                {
                    var changed = replies.WhenChangedAsync(); // before the look: no change in between is missed
                    if (ahead.Reader.Count < AheadLimitCount || replies.IsAny) break;
                    await changed.WaitAsync(cancellationToken);
                }
            }
        }
#pragma warning disable CA1031 // It goes to whoever reads.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            end = failure;
        }

        _ = ahead.Writer.TryComplete(end);
        replies.FailAll();
    }
}
