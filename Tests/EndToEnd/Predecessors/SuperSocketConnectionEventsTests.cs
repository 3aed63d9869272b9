using System.Threading.Channels;
using Notify.EdgeHost;
using Notify.Protocol;
using Notify.Tests.EdgeHost.Hooks;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Predecessors;

/// <summary>What SuperSocket's servers did: NewSessionConnected, and SessionClosed with the reason.</summary>
public sealed class SuperSocketConnectionEventsTests
{
    [Fact]
    public async Task ConnectedAndClosed_WithTheReason_InCodeAndOverHttp()
    {
        var told = Channel.CreateUnbounded<string>();
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var platform = await TestPlatform.StartAsync(new()
        {
            EdgeCount = 2,
            EdgeServices = services => services.AddNotifyHooks(hooks => hooks
                .OnConnected((connection, _) => Tell($"{connection.Id} connected {connection.User}"))
                .OnDisconnected((connection, end, _) => Tell($"{connection.Id} closed {end.Code} by {end.By}"))
                .AddWebhook(webhook =>
                {
                    webhook.Address = receiver.Address;
                    webhook.Secrets.Add(WebhookReceiver.Secret);
                })),
        });
        foreach (var edge in platform.Edges)
        {
            await using var client = await RawWebSocket.ConnectAsync(edge, "userid=session");
            Assert.Equal($"{client.ConnectionId} connected session", await told.Reader.NextAsync("the event in code"));
            var connected = await receiver.Received.NextAsync("the event over HTTP");
            await client.SendFrameAsync((byte)WebSocketOpcode.Binary, [1]);
            Assert.Equal(CloseCodes.UnsupportedData, await client.ReceiveCloseAsync());
            Assert.Equal($"{client.ConnectionId} closed 1003 by Server", await told.Reader.NextAsync("the end in code"));
            var closed = await receiver.Received.NextAsync("the end over HTTP");
            Assert.Equal(("notify.connection.connected", "notify.connection.disconnected"), (connected.Type, closed.Type));
            Assert.All([connected, closed], d => Assert.Equal(client.ConnectionId, d.Data.GetProperty("connectionId").GetString()));
            Assert.Equal(1003, closed.Data.GetProperty("code").GetInt32());
            Assert.True(connected.IsSigned && closed.IsSigned);
        }

        Task Tell(string what)
        {
            _ = told.Writer.TryWrite(what);
            return Task.CompletedTask;
        }
    }
}
