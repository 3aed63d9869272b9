using System.Collections.Immutable;

namespace Notify.Grains.Channels;

/// <summary>The shell around <see cref="ChannelCore"/> that all kinds of channel grain share. Reentrant: pushes gather while an append runs.</summary>
internal abstract class ChannelGrain : Grain, IChannelGrain
{
    private bool _isKept;

    protected ChannelGrain(ChannelKind kind, ChannelServices services) =>
        Core = new(Name(kind, this.GetPrimaryKeyString()), GrainContext.ActivationId.ToString(), services);

    protected ChannelCore Core { get; }

    /// <inheritdoc/>
    public Task<PushReceipt> Push(Notification notification)
    {
        var push = Core.PushAsync(notification);
        if (!push.IsCompleted) return SettleAfterAsync(push);
        Settle(); // as a log in memory has it
        return push;
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<PushReceipt>> PushMany(ImmutableArray<Notification> notifications)
    {
        try
        {
            return await Core.PushManyAsync(notifications);
        }
        finally
        {
            Settle();
        }
    }

    /// <inheritdoc/>
    public async Task<AttachResult> Attach(AttachRequest request)
    {
        var result = await Core.AttachAsync(request);
        if (result.Outcome == AttachOutcome.Attached) OnMembersChanged(request);
        Settle();
        return result;
    }

    /// <inheritdoc/>
    public Task Detach(DetachRequest request)
    {
        Core.Detach(request);
        OnMembersChanged(null);
        Settle();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task EdgeGone(EdgeId edge)
    {
        Core.Forget(edge);
        OnMembersChanged(null);
        Settle();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ChannelPage> Read(ChannelRead request) => Core.ReadAsync(request);

    /// <inheritdoc/>
    public Task<ChannelStatus> GetStatus() => Core.GetStatusAsync();

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Core.StopAsync();

    /// <summary>The roster has changed; with the request, unless an edge went.</summary>
    protected virtual void OnMembersChanged(AttachRequest? request)
    {
    }

    private async Task<PushReceipt> SettleAfterAsync(Task<PushReceipt> push)
    {
        try
        {
            return await push;
        }
        finally
        {
            Settle();
        }
    }

    private static ChannelId Name(ChannelKind kind, string key)
    {
        try
        {
            return ChannelId.FromKey(kind, key);
        }
        catch (FormatException)
        {
            // No channel has this key. An activation that fails would hide that behind an engine's exception; this tenant no rule lets pass.
            return new(kind, "~", key);
        }
    }

    // While edges hold the channel the activation stays, however idle: they would have to attach anew for nothing.
    private void Settle()
    {
        if (Core.MustStepDown) DeactivateOnIdle();
        if (_isKept == Core.IsHeld) return;
        _isKept = Core.IsHeld;
        DelayDeactivation(_isKept ? TimeSpan.MaxValue : TimeSpan.Zero);
    }
}
