using Notify.EdgeHost.Connections;
using Notify.Protocol;
using Notify.Streams;

namespace Notify.EdgeHost.Delivery;

/// <summary>A delivery with its frames, each made when the first connection of a transport needs it. Under the delivery worker only.</summary>
internal sealed class DeliveryFrames(EdgeDelivery delivery, long tag)
{
    private const int OverheadBytes = 640; // this, delivery, notification, id, two frames; measured with empty payloads, rounded up

    private readonly Audience? _audience = Audience.Of(delivery.Notification!);
    private Frame? _webSocket;
    private Frame? _sse;

    /// <summary>The notification.</summary>
    public Notification Notification => delivery.Notification!;

    /// <summary>Its position.</summary>
    public Position Position => delivery.Position;

    /// <summary>What it weighs with both frames made (estimated).</summary>
    public int Weight => OverheadBytes + (3 * Notification.Payload.Length);

    /// <summary>Whether it is for this connection among the members of its channel.</summary>
    public bool IsFor(ConnectionEntry connection) => _audience is null || _audience.Has(connection);

    /// <summary>The frame for a transport.</summary>
    public Frame For(ConnectionTransport transport) => transport == ConnectionTransport.Sse
        ? _sse ??= new(FrameEncoder.OfThread.NotificationEvent(Wire.NotificationOf(delivery)), Loss) { Mark = Mark }
        : _webSocket ??= new(FrameEncoder.OfThread.NotificationMessage(Wire.NotificationOf(delivery)), Loss);

    /// <summary>Lets go of the frames; who needs one again makes it again.</summary>
    public void DropFrames() => _webSocket = _sse = null;

    private FrameLoss Loss => delivery.Kind == DeliveryKind.Retained ? FrameLoss.Closes : FrameLoss.Drops;

    private CursorMark? Mark => delivery.Kind == DeliveryKind.Retained ? new(tag, Position) : null;
}
