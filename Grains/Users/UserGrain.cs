using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Notify.Grains.Channels;
using Orleans.Concurrency;

namespace Notify.Grains.Users;

/// <summary>A user's channel, the connections that edges report for it, and whether the user is online.</summary>
[Reentrant]
internal sealed partial class UserGrain(ChannelServices services, IOptions<PresenceOptions> options, ILogger<UserGrain> logger)
    : ChannelGrain(ChannelKind.User, services), IUserGrain
{
    private readonly ChannelServices _services = services;
    private Presence? _presence; // null: never seen
    private IGrainTimer? _timer;
    private string? _company;
    private List<Notification>? _events; // that wait to be pushed; null: none

    /// <inheritdoc/>
    public Task<ImmutableArray<ConnectionEntry>> GetConnections() => Task.FromResult(Core.GetConnections());

    /// <inheritdoc/>
    public Task<UserPresence> GetPresence()
    {
        if (_presence?.Tick(_services.Clock.Now) == true) Announce();
        return Task.FromResult(new UserPresence(_presence?.IsOnline == true, _presence?.Since, Core.MemberCount));
    }

    /// <inheritdoc/>
    protected override void OnMembersChanged(AttachRequest? request)
    {
        if (request?.Connections is [.., var newest]) _company = newest.Company;
        int count = Core.MemberCount;
        if (_presence is null && count == 0) return;
        _presence ??= new(options.Value.Grace);
        if (_presence.Update(count, request?.VerifyHead == true, _services.Clock.Now)) Announce();
        if (_presence.DueIn(_services.Clock.Now) is { } due) Schedule(due);
    }

    private void Announce()
    {
        if (!options.Value.Events || _company is null) return;
        _events ??= [];
        string name = _presence!.IsOnline ? "presence.online" : "presence.offline";
        _events.Add(Notification.Json(name, new { user = Core.Channel.Name, at = _presence.Since }) with { Retain = false });
        Schedule(TimeSpan.Zero);
    }

    // One timer for both: pushing an event must not hold up the edge that attaches.
    private void Schedule(TimeSpan due)
    {
        if (_timer is null) _timer = this.RegisterGrainTimer(OnTimerAsync, new() { DueTime = due, Period = Timeout.InfiniteTimeSpan, Interleave = true });
        else _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private async Task OnTimerAsync()
    {
        if (_presence!.Tick(_services.Clock.Now)) Announce();
        var events = _events;
        _events = null;
        if (events is not null)
        {
            try
            {
                _ = await GrainFactory.GetChannel(new TopicId(Core.Channel.Tenant, $"presence/{_company}").Channel).PushMany([.. events]);
            }
            catch (Exception failure) when (failure is NotAcknowledgedException or ArgumentException or TimeoutException or OrleansException)
            {
                LogNotAnnounced(failure); // ephemeral: whoever needs to be sure asks
            }
        }

        if (_presence.DueIn(_services.Clock.Now) is { } due) Schedule(due);
    }

    [LoggerMessage(1501, LogLevel.Warning, "A presence event could not be pushed")]
    private partial void LogNotAnnounced(Exception failure);
}
