using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Transports;

namespace Notify.Tests.EdgeHost.Connections;

/// <summary>Connections without a socket, or over a transport of the test's.</summary>
internal static class TestConnections
{
    public static Connection Make(long serial, ITransport? transport = null) => new(
        new(new("edge"), Connection.LocalOf(serial)), serial, new() { User = "u" }, transport ?? new NoTransport(), DateTimeOffset.UnixEpoch, 1 << 20, new GrainNotifyPublisher(null!));

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
