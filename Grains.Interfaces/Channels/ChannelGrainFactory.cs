namespace Notify;

/// <summary>Finds the grain of a channel.</summary>
public static class ChannelGrainFactory
{
    /// <summary>The grain of <paramref name="channel"/>.</summary>
    public static IChannelGrain GetChannel(this IGrainFactory grains, ChannelId channel) => channel.Kind switch
    {
        ChannelKind.User => grains.GetGrain<IUserGrain>(channel.Key),
        ChannelKind.Company => grains.GetGrain<ICompanyGrain>(channel.Key),
        ChannelKind.Topic => grains.GetGrain<ITopicGrain>(channel.Key),
        ChannelKind.Everyone => grains.GetGrain<IEveryoneGrain>(channel.Key),
        _ => throw new ArgumentOutOfRangeException(nameof(channel), channel.Kind, "Unknown channel kind."),
    };
}
