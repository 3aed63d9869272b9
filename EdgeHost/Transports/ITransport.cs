using Notify.EdgeHost.Connections;

namespace Notify.EdgeHost.Transports;

/// <summary>The way to one client's socket. One write at a time; the outbox sees to it.</summary>
internal interface ITransport
{
    /// <summary>Which frames it takes.</summary>
    ConnectionTransport Kind { get; }

    /// <summary>Writes frames in order; done when the server's buffers have taken them. Throws when the connection is broken.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<Frame> frames);

    /// <summary>Writes the goodbye; nothing is written after it.</summary>
    ValueTask WriteCloseAsync(CloseReason reason);

    /// <summary>Cuts the connection off; reads and writes under way fail. May be called at any time, more than once.</summary>
    void Abort();
}
