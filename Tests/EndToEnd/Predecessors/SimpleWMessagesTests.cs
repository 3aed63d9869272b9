using System.Text.Json;
using Notify.EdgeHost;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Predecessors;

/// <summary>What SimpleW's WebSockets did: a client's <c>{"url","body"}</c> reaches the method mapped to the url, which answers that client.</summary>
public sealed class SimpleWMessagesTests
{
    [Fact]
    public async Task ClientSendsUrlAndBody_AMappedMethodGetsItAndAnswersThatClient()
    {
        await using var platform = await TestPlatform.StartAsync(new()
        {
            EdgeCount = 2,
            EdgeApp = app => app.MapNotifyMessage("/api/orders/{id}/note", (string id, JsonElement body, ClientConnection client) =>
                $"{client.User} says {body.GetProperty("text").GetString()} about {id}"),
        });
        await using var alice = await RawWebSocket.ConnectAsync(platform.Edges[0], "userid=alice&company=acme");
        await using var twin = await RawWebSocket.ConnectAsync(platform.Edges[0], "userid=alice&company=acme");
        await using var bob = await RawWebSocket.ConnectAsync(platform.Edges[1], "userid=bob&company=acme");

        foreach (var (client, name) in new[] { (alice, "alice"), (bob, "bob") })
        {
            await client.SendTextAsync("""{"url":"/api/orders/7/note","body":{"text":"hello"}}""");
            var answer = await client.ReceiveJsonAsync();
            Assert.Equal("/api/orders/7/note", answer.GetProperty("url").GetString());
            Assert.Equal($"{name} says hello about 7", answer.GetProperty("body").GetString());
        }

        await twin.SendTextAsync("""{"type":"ping","ref":"nothing came before"}""");
        Assert.Equal("nothing came before", (await twin.ReceiveJsonAsync()).GetProperty("ref").GetString());
    }
}
