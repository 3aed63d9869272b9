using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Notify.Tests.Platform;

/// <summary>A TCP proxy whose target can change: stands for a load balancer, or for a network that breaks.</summary>
public sealed class TcpForwarder : IAsyncDisposable
{
    private const int BufferBytes = 8 << 10;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<TcpClient, bool> _open = new();
    private readonly ConcurrentDictionary<TcpClient, bool> _hit = new(); // asked once for each: it may take long to find out
    private readonly List<Task> _links = [];
    private Task _accepting = Task.CompletedTask;
    private TaskCompletionSource? _stalled;
    private volatile bool _isRefusing;

    private TcpForwarder(Uri target)
    {
        Target = target;
        _listener.Start();
        Address = new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
    }

    public Uri Address { get; }

    /// <summary>Where new connections go.</summary>
    public Uri Target { get; set; }

    public static TcpForwarder Start(Uri target)
    {
        var forwarder = new TcpForwarder(target);
        forwarder._accepting = forwarder.AcceptAsync();
        return forwarder;
    }

    /// <summary>Which clients, by their port, are meant by what follows; all by default. To be set before that.</summary>
    public Func<int, bool> Hits { get; set; } = static _ => true;

    /// <summary>Resets every connection that is open now and each new one at once, until <see cref="Mend"/>.</summary>
    public void Refuse()
    {
        _isRefusing = true;
        CutAll();
    }

    /// <summary>Connections stay open and are taken, but nothing comes through any more, until <see cref="Mend"/>: as when a cable is pulled.</summary>
    public void Stall() => Interlocked.CompareExchange(ref _stalled, new(TaskCreationOptions.RunContinuationsAsynchronously), null);

    /// <summary>Forwards again; what had come meanwhile comes through.</summary>
    public void Mend()
    {
        _isRefusing = false;
        Interlocked.Exchange(ref _stalled, null)?.SetResult();
    }

    /// <summary>Resets every connection that is open now.</summary>
    public void CutAll()
    {
        foreach (var client in _open.Keys.Where(IsHit)) Cut(client);
    }

    /// <summary>Resets one of the connections that are open now, if there is any.</summary>
    public void CutOne(Random random)
    {
        var open = _open.Keys.ToArray();
        if (open.Length > 0) Cut(open[random.Next(open.Length)]);
    }

    public async ValueTask DisposeAsync()
    {
        Mend();
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_links);
        _stop.Dispose();
    }

    private void Cut(TcpClient client)
    {
        if (!_open.TryRemove(client, out _)) return;
        try
        {
            client.LingerState = new(true, 0);
        }
        catch (ObjectDisposedException)
        {
            return; // ended just now by itself
        }

        client.Close();
    }

    private bool IsHit(TcpClient client) => _hit.GetOrAdd(client, IsMeant);

    private bool IsMeant(TcpClient client)
    {
        try
        {
            return client.Client.RemoteEndPoint is IPEndPoint { Port: var port } && Hits(port);
        }
        catch (Exception failure) when (failure is ObjectDisposedException or NullReferenceException or SocketException)
        {
            return false; // ended just now by itself
        }
    }

    private async Task CopyAsync(TcpClient client, NetworkStream from, NetworkStream to)
    {
        byte[] buffer = new byte[BufferBytes];
        while (await from.ReadAsync(buffer, _stop.Token) is > 0 and int length)
        {
            if (Volatile.Read(ref _stalled) is { } stalled && IsHit(client)) await stalled.Task;
            await to.WriteAsync(buffer.AsMemory(0, length), _stop.Token);
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _links.Add(ForwardAsync(await _listener.AcceptTcpClientAsync(_stop.Token), Target));
        }
        catch (Exception failure) when (failure is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ForwardAsync(TcpClient client, Uri target)
    {
        using (client)
        using (var server = new TcpClient())
        {
            client.NoDelay = server.NoDelay = true; // before another thread may cut it
            _open[client] = true;
            try
            {
                if (_isRefusing && IsHit(client))
                {
                    Cut(client);
                    return;
                }

                await server.ConnectAsync(target.Host, target.Port, _stop.Token);
                await await Task.WhenAny(CopyAsync(client, client.GetStream(), server.GetStream()), CopyAsync(client, server.GetStream(), client.GetStream()));
            }
            catch (Exception failure) when (failure is IOException or SocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
                // Either side is gone: so is the other.
            }
            finally
            {
                _ = _open.TryRemove(client, out _);
                _ = _hit.TryRemove(client, out _);
            }
        }
    }
}
