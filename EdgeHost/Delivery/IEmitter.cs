using Notify.Streams;

namespace Notify.EdgeHost.Delivery;

/// <summary>Where a channel's notifications go once they are in order.</summary>
internal interface IEmitter
{
    /// <summary>The next notification of the channel for its members: retained ones in the order of their offsets, each once.</summary>
    void Emit(EdgeDelivery delivery);

    /// <summary>Something before this position is lost to the members; the next retained one comes after it.</summary>
    void HistoryLost(ChannelId channel, Position newStart);
}
