using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Notify.EdgeHost.Telemetry;

namespace Notify.EdgeHost.Transports.BelowHttp;

/// <summary>One endpoint: clients that can be served below HTTP are, all other connections are Kestrel's as its own transport makes them.</summary>
internal sealed class ClientListener : IConnectionListener
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(10);

    private readonly Socket _listening;
    private readonly bool _noDelay;
    private readonly ClientsBelowHttp _clients;
    private readonly SocketConnectionContextFactory _http;
    private readonly MemoryPool<byte> _buffers;
    private readonly OpenConnections _open;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Channel<ConnectionContext> _forHttp = Channel.CreateUnbounded<ConnectionContext>(new() { SingleReader = true });
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _accepting;

    private int _count = 1; // of sockets that are not Kestrel's, and one for accepting more

    public ClientListener(
        Socket listening,
        bool noDelay,
        ClientsBelowHttp clients,
        SocketConnectionContextFactory http,
        MemoryPool<byte> buffers,
        OpenConnections open,
        TimeProvider clock,
        ILogger<ClientListener> logger)
    {
        (_listening, _noDelay, _clients, _http, _buffers, _open, _clock, _logger) = (listening, noDelay, clients, http, buffers, open, clock, logger);
        EndPoint = listening.LocalEndPoint!;
        _accepting = AcceptAllAsync();
    }

    /// <inheritdoc/>
    public EndPoint EndPoint { get; }

    /// <summary>The next connection for HTTP.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _forHttp.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_forHttp.Reader.TryRead(out var connection)) return connection;
        }

        return null;
    }

    /// <summary>Takes no more, and waits for the clients that are served; the edge says goodbye to them.</summary>
    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await EndAcceptingAsync();
        await _empty.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndAcceptingAsync();
        while (_forHttp.Reader.TryRead(out var connection)) await connection.DisposeAsync();
        _http.Dispose();
        _buffers.Dispose();
    }

    private async Task EndAcceptingAsync()
    {
        _listening.Dispose();
        await _accepting;
        _forHttp.Writer.TryComplete();
    }

    private async Task AcceptAllAsync()
    {
        while (true)
        {
            try
            {
                Take(await _listening.AcceptAsync());
            }
            catch (Exception failure) when (failure is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                break; // unbound
            }
            catch (SocketException failure)
            {
                // The client has gone again already; or there is no file left for it, and there will not be one at once.
                if (failure.SocketErrorCode != SocketError.ConnectionReset) await Task.Delay(AfterFailure, _clock);
            }
        }

        Remove();
    }

    private void Take(Socket socket)
    {
        if (!_open.TryAdd())
        {
            socket.Dispose();
            return;
        }

        _ = Interlocked.Increment(ref _count);
        _ = ThreadPool.UnsafeQueueUserWorkItem(static state => _ = state.Listener.ServeAsync(state.Socket), (Listener: this, Socket: socket), preferLocal: false);
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            socket.NoDelay = _noDelay;
            if (await _clients.BeginAsync(socket) is not { } serving)
            {
                await PassOnAsync(socket);
                return;
            }

            await serving;
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // Nobody is there any more.
        }
        catch (Exception failure)
        {
            EdgeLog.ServingFailed(_logger, failure);
        }
        finally
        {
            Remove();
        }

        ClientLink.Close(socket);
        _open.Remove();
    }

    /// <summary>The rest is HTTP's, with nothing consumed.</summary>
    private async ValueTask PassOnAsync(Socket socket)
    {
        var connection = _http.Create(socket);
        connection.Features.Set<IMemoryPoolFeature>(new ServerBuffers(_buffers)); // without it HTTP would have a pool that gives empty buffers
        _open.RemoveWith(connection);
        if (!_forHttp.Writer.TryWrite(connection)) await connection.DisposeAsync(); // unbound meanwhile
    }

    private void Remove()
    {
        if (Interlocked.Decrement(ref _count) == 0) _empty.TrySetResult();
    }

    private sealed class ServerBuffers(MemoryPool<byte> buffers) : IMemoryPoolFeature
    {
        public MemoryPool<byte> MemoryPool => buffers;
    }
}
