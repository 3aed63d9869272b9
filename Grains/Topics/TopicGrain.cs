using Notify.Grains.Channels;
using Orleans.Concurrency;

namespace Notify.Grains.Topics;

/// <summary>A topic's channel.</summary>
[Reentrant]
internal sealed class TopicGrain(ChannelServices services) : ChannelGrain(ChannelKind.Topic, services), ITopicGrain;
