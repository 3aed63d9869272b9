namespace Notify.Grains.Log;

/// <summary>One append on its way through a <see cref="AppendQueue"/>; its outcome is decided with the commit that it becomes part of.</summary>
internal sealed class AppendRequest
{
    // What a queued notification is taken to weigh beside its payload.
    private const int OverheadBytes = 200;

    // A grain goes on in its own turns, wherever it is completed: that it costs no further switch of thread. Anybody else must not run on
    // the writer's thread.
    private readonly TaskCompletionSource<AppendResult> _completion = new(
        SynchronizationContext.Current is not null || TaskScheduler.Current != TaskScheduler.Default
            ? TaskCreationOptions.None
            : TaskCreationOptions.RunContinuationsAsynchronously);

    private CancellationTokenRegistration _givingUp;
    private AppendResult _result;

    private AppendRequest(ChannelId channel, Position expected, Position known, IReadOnlyList<Notification> notifications)
    {
        Channel = channel;
        Expected = expected;
        Known = known;
        Notifications = notifications;
        foreach (var notification in notifications) Bytes += OverheadBytes + notification.Payload.Length;
    }

    public ChannelId Channel { get; }

    public Position Expected { get; }

    /// <summary>For a verification: the newest position that the caller has seen.</summary>
    public Position Known { get; }

    /// <summary>Empty for a verification.</summary>
    public IReadOnlyList<Notification> Notifications { get; }

    /// <summary>
    /// No append: comes after what was appended before it, and starts a new epoch where the head is behind <see cref="Known"/>.
    /// </summary>
    public bool IsVerification { get; private init; }

    /// <summary>What it counts in the queue.</summary>
    public int Entries => Math.Max(1, Notifications.Count);

    public long Bytes { get; } = OverheadBytes;

    public Task<AppendResult> Task => _completion.Task;

    public static AppendRequest Append(ChannelId channel, Position expected, IReadOnlyList<Notification> notifications) =>
        new(channel, expected, default, notifications);

    public static AppendRequest Verify(ChannelId channel, Position known) => new(channel, default, known, []) { IsVerification = true };

    /// <summary>Whoever waits goes on when the token says so; the append takes its way all the same. Before it can be taken.</summary>
    public void GiveUpWith(CancellationToken token) => _givingUp = token.UnsafeRegister(
        static (request, token) => ((AppendRequest)request!)._completion.TrySetCanceled(token), this);

    /// <summary>The outcome if the commit succeeds.</summary>
    public void Plan(AppendResult result) => _result = result;

    /// <summary>The commit succeeded.</summary>
    public void Complete()
    {
        _ = _givingUp.Unregister();
        _completion.TrySetResult(_result);
    }

    public void Fail(Exception failure)
    {
        _ = _givingUp.Unregister();
        _completion.TrySetException(failure);
    }
}
