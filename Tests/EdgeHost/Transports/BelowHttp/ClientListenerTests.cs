using System.Net;
using System.Net.Sockets;
using Notify.EdgeHost;
using Notify.Tests.Platform;
using Xunit;
using static Notify.Tests.EdgeHost.Transports.BelowHttp.PlainConnection;

namespace Notify.Tests.EdgeHost.Transports.BelowHttp;

/// <summary>What an endpoint does as Kestrel's own would, although its clients are no connections of Kestrel's.</summary>
public sealed class ClientListenerTests
{
    private const string Events = "GET /sse?userid=a HTTP/1.1\r\nHost: localhost\r\n\r\n";

    [Fact]
    public async Task MaxConcurrentConnections_LetsTheNextInWhenOneHasGone()
    {
        await using var platform = await TestPlatform.StartAsync(new() { EdgeKestrel = kestrel => kestrel.Limits.MaxConcurrentConnections = 2 });
        using var http = await ConnectAsync(platform.Edge.Address);
        await SendAsync(http, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await ReadAsync(http), StringComparison.Ordinal);
        var first = await RawWebSocket.ConnectAsync(platform.Edge, "userid=a");
        Assert.False(await ComesInAsync(platform.Edge));

        await first.DisposeAsync();
        await using var second = await RoomAsync(platform.Edge);
        Assert.False(await ComesInAsync(platform.Edge));

        http.Close();
        await using var third = await RoomAsync(platform.Edge);
        Assert.False(await ComesInAsync(platform.Edge));
    }

    [Fact]
    public async Task Start_AtAnAddressInUse_IsSaidAsKestrelSaysIt()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        IPEndPoint? more = null;
        await using var platform = await TestPlatform.StartAsync(new() { EdgeKestrel = kestrel => { if (more is not null) kestrel.Listen(more, listen => listen.UseNotifyConnections()); } });
        more = (IPEndPoint)other.LocalEndPoint!;
        var failure = await Assert.ThrowsAsync<IOException>(platform.StartEdgeAsync);
        Assert.Contains("address already in use", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EventStream_BehindWhoseRequestLittleComes_GoesOn()
    {
        await using var platform = await TestPlatform.StartAsync();
        using var stream = await ConnectAsync(platform.Edge.Address);
        await SendAsync(stream, Events);
        string received = await ReadAsync(stream);
        await SendAsync(stream, "\r\n");
        _ = await platform.Edge.PushAsync("/users/a", """{"data":7}""");
        while (!received.Contains("\"data\":7", StringComparison.Ordinal))
        {
            string next = await ReadAsync(stream);
            Assert.NotEqual("", next);
            received += next;
        }

        stream.Socket.Shutdown(SocketShutdown.Send);
        _ = await ReadAllAsync(stream);
    }

    [Fact]
    public async Task EventStream_BehindWhoseRequestMuchComes_IsCutOff()
    {
        await using var platform = await TestPlatform.StartAsync();
        using var stream = await ConnectAsync(platform.Edge.Address);
        await SendAsync(stream, Events);
        Assert.StartsWith("HTTP/1.1 200 ", await ReadAsync(stream), StringComparison.Ordinal);
        await SendAsync(stream, new string('x', 20_000));
        _ = await ReadAllAsync(stream);
    }

    private static async Task<RawWebSocket> RoomAsync(TestEdgeHost edge)
    {
        RawWebSocket? socket = null;
        await Polling.Until(async () => (socket = await TryConnectAsync(edge)) is not null, "room for one more");
        return socket!;
    }

    private static async Task<bool> ComesInAsync(TestEdgeHost edge)
    {
        var socket = await TryConnectAsync(edge);
        if (socket is not null) await socket.DisposeAsync();
        return socket is not null;
    }

    private static async Task<RawWebSocket?> TryConnectAsync(TestEdgeHost edge)
    {
        try
        {
            return await RawWebSocket.ConnectAsync(edge, "userid=a");
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            return null;
        }
    }
}
