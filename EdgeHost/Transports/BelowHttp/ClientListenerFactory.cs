using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Notify.EdgeHost.Transports.BelowHttp;

/// <summary>
/// Listens for Kestrel at the endpoints that were asked for, with the options of its own transport, and keeps the clients that are served below
/// HTTP: for them there is never a connection of the server's.
/// </summary>
/// <param name="services">What serves clients needs the server, and the server this.</param>
internal sealed class ClientListenerFactory(
    IServiceProvider services,
    IOptions<SocketTransportOptions> transport,
    IOptions<KestrelServerOptions> kestrel,
    TimeProvider clock,
    ILoggerFactory loggers) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly OpenConnections _open = new(kestrel);

    private bool _isNext;

    /// <summary>The endpoint that Kestrel binds next is to be listened at here. It puts an endpoint's middlewares together right before it binds it.</summary>
    public void TakeNext() => _isNext = true;

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => Interlocked.Exchange(ref _isNext, false) && endpoint is IPEndPoint;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var options = transport.Value;
        Socket? socket = null;
        try
        {
            socket = options.CreateBoundListenSocket(endpoint);
            socket.Listen(options.Backlog);
        }
        catch (SocketException failure)
        {
            socket?.Dispose();
            if (failure.SocketErrorCode == SocketError.AddressAlreadyInUse) throw new AddressInUseException(failure.Message, failure);
            throw;
        }

        var http = new SocketConnectionContextFactory(
            new()
            {
                IOQueueCount = options.IOQueueCount,
                MaxReadBufferSize = options.MaxReadBufferSize,
                MaxWriteBufferSize = options.MaxWriteBufferSize,
                UnsafePreferInlineScheduling = options.UnsafePreferInlineScheduling,
                WaitForDataBeforeAllocatingBuffer = options.WaitForDataBeforeAllocatingBuffer,
            },
            loggers.CreateLogger("Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets"));
        var clients = services.GetRequiredService<ClientsBelowHttp>();
        var buffers = services.GetRequiredService<IMemoryPoolFactory<byte>>().Create();
        return new(new ClientListener(socket, options.NoDelay, clients, http, buffers, _open, clock, loggers.CreateLogger<ClientListener>()));
    }
}
