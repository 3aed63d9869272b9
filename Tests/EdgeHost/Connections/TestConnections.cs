using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Transports;

namespace Notify.Tests.EdgeHost.Connections;

/// <summary>Connections without a socket.</summary>
internal static class TestConnections
{
    public static Connection Make(long serial) => new(
        new(new("edge"), Connection.LocalOf(serial)), serial, new() { User = "u" }, new NoTransport(), DateTimeOffset.UnixEpoch, 1 << 20, new GrainNotifyPublisher(null!));

    private sealed class NoTransport : ITransport
    {
        public ConnectionTransport Kind => ConnectionTransport.WebSocket;

        public ValueTask WriteAsync(ReadOnlyMemory<Frame> frames) => ValueTask.CompletedTask;

        public ValueTask WriteCloseAsync(CloseReason reason) => ValueTask.CompletedTask;

        public void Abort()
        {
        }
    }
}
