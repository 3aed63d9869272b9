using Notify.Grains.Log;

namespace Notify.Tests.Grains.Channels;

/// <summary>The memory log, with appends and loads that a test holds up or breaks.</summary>
internal sealed class ScriptedLog(IChannelLog inner) : IChannelLog
{
    /// <summary>What an append had to do: how many notifications, and the head expected.</summary>
    public List<(Position ExpectedHead, string[] Ids)> Appends { get; } = [];

    public int Loads { get; private set; }

    /// <summary>Runs before the append is committed.</summary>
    public Func<CancellationToken, Task>? BeforeAppend { get; set; }

    /// <summary>Runs after it was committed and before it is answered.</summary>
    public Func<CancellationToken, Task>? AfterAppend { get; set; }

    public Func<Task>? BeforeLoad { get; set; }

    public async ValueTask<AppendResult> AppendAsync(
        ChannelId channel, Position expectedHead, IReadOnlyList<Notification> notifications, CancellationToken cancellationToken)
    {
        Appends.Add((expectedHead, [.. notifications.Select(notification => notification.Id)]));
        if (BeforeAppend is { } before) await before(cancellationToken).WaitAsync(cancellationToken);
        var result = await inner.AppendAsync(channel, expectedHead, notifications, CancellationToken.None);
        if (AfterAppend is { } after) await after(cancellationToken).WaitAsync(cancellationToken);
        return result;
    }

    public ValueTask<ChannelPage> ReadAsync(ChannelId channel, ChannelRead request, CancellationToken cancellationToken) =>
        inner.ReadAsync(channel, request, cancellationToken);

    public async ValueTask<ChannelLogState> LoadAsync(ChannelId channel, Position known, CancellationToken cancellationToken)
    {
        Loads++;
        if (BeforeLoad is { } before) await before();
        return await inner.LoadAsync(channel, known, cancellationToken);
    }
}
