using Notify.Grains.Log;

namespace Notify.Tests.Grains.Channels;

/// <summary>A log whose head is what the test says.</summary>
internal sealed class LossyLog : IChannelLog
{
    public Position Head { get; set; } = new(5, 0);

    public Position LastKnown { get; private set; }

    public bool FailNextAppend { get; set; }

    public ValueTask<AppendResult> AppendAsync(
        ChannelId channel, Position expectedHead, IReadOnlyList<Notification> notifications, CancellationToken cancellationToken) =>
        FailNextAppend ? throw new IOException("lost") : new(AppendResult.Appended(Head));

    public ValueTask<ChannelPage> ReadAsync(ChannelId channel, ChannelRead request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Nobody reads here.");

    public ValueTask<ChannelLogState> LoadAsync(ChannelId channel, Position known, CancellationToken cancellationToken)
    {
        LastKnown = known;
        return new(new ChannelLogState(Head, []));
    }
}
