using System.Collections.Immutable;
using Notify.Grains.Channels;
using Orleans.Concurrency;

namespace Notify.Grains.Users;

/// <summary>A user's channel, and the connections that edges report for it.</summary>
[Reentrant]
internal sealed class UserGrain(ChannelServices services) : ChannelGrain(ChannelKind.User, services), IUserGrain
{
    /// <inheritdoc/>
    public Task<ImmutableArray<ConnectionEntry>> GetConnections() => Task.FromResult(Core.GetConnections());
}
