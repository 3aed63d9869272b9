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
        FailNextAppend ? throw new IOException("lost") : new(HasLostItsTail ? AppendResult.Conflict(Head) : AppendResult.Appended(Head));

    /// <summary>It came back with an older head and says so.</summary>
    public bool HasLostItsTail { get; set; }

    public ValueTask<ChannelPage> ReadAsync(ChannelId channel, ChannelRead request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Nobody reads here.");

    public ValueTask<ChannelLogState> LoadAsync(ChannelId channel, Position known, CancellationToken cancellationToken)
    {
        LastKnown = known;
        if (Epochs.IsBehind(Head, known)) Head = Head with { Epoch = known.Epoch + 1 };
        return new(new ChannelLogState(Head, []));
    }
}
