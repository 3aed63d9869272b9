using Notify.Grains.Channels;
using Orleans.Concurrency;

namespace Notify.Grains.Everyone;

/// <summary>The channel of everyone in a tenant.</summary>
[Reentrant]
internal sealed class EveryoneGrain(ChannelServices services) : ChannelGrain(ChannelKind.Everyone, services), IEveryoneGrain;
