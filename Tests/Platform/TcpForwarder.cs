using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Notify.Tests.Platform;

/// <summary>A TCP proxy whose target can change: stands for a load balancer.</summary>
public sealed class TcpForwarder : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<TcpClient, bool> _open = new();
    private readonly List<Task> _links = [];
    private Task _accepting = Task.CompletedTask;

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

    /// <summary>Resets every connection that is open now.</summary>
    public void CutAll()
    {
        foreach (var client in _open.Keys) Cut(client);
    }

    /// <summary>Resets one of the connections that are open now, if there is any.</summary>
    public void CutOne(Random random)
    {
        var open = _open.Keys.ToArray();
        if (open.Length > 0) Cut(open[random.Next(open.Length)]);
    }

    public async ValueTask DisposeAsync()
    {
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
            _open[client] = true;
            try
            {
                await server.ConnectAsync(target.Host, target.Port, _stop.Token);
                await Task.WhenAny(
                    client.GetStream().CopyToAsync(server.GetStream(), _stop.Token), server.GetStream().CopyToAsync(client.GetStream(), _stop.Token));
            }
            catch (Exception failure) when (failure is IOException or SocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
                // Either side is gone: so is the other.
            }
            finally
            {
                _ = _open.TryRemove(client, out _);
            }
        }
    }
}
