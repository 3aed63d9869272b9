using System.Text;
using System.Text.Json;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EndToEnd.Predecessors;

/// <summary>What SuperSocket's sessions did: <c>Send(string)</c> and <c>Send(byte[], offset, length)</c> to one of them.</summary>
public sealed class SuperSocketPayloadsTests(PlatformFixture fixture) : IClassFixture<PlatformFixture>
{
    [Fact]
    public async Task TextAndASliceOfBytes_ToOneSession()
    {
        byte[] buffer = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        var slice = buffer.AsMemory(10, 100);
        var (here, there) = (fixture.Platform.Edges[0], fixture.Platform.Edges[1]);
        await using var webSocket = await RawWebSocket.ConnectAsync(here, "userid=sessions");
        await using var sse = await RawSse.ConnectAsync(here, "userid=sessions");
        await using var other = await RawWebSocket.ConnectAsync(here, "userid=sessions");

        foreach (string id in new[] { webSocket.ConnectionId, sse.ConnectionId })
        {
            // Over HTTP through the other edge; from a service by the grains.
            _ = await there.PushAsync($"/connections/{id}", """{"event":"text","data":"grüß dich"}""");
            using (var answer = await there.PostAsync($"/api/push/connections/{id}?event=bytes", slice.ToArray(), "application/octet-stream")) Assert.Equal(202, (int)answer.StatusCode);
            Assert.True(ConnectionId.TryParse(id, out var connection));
            _ = await new GrainNotifyPublisher(fixture.Platform.Grains).PushAsync(
                PushTarget.To(connection), Notification.Binary("slice", slice), TestContext.Current.CancellationToken);
        }

        Assert.Equal("grüß dich", (await webSocket.ReceiveJsonAsync()).GetProperty("data").GetString());
        foreach (string name in new[] { "bytes", "slice" })
        {
            var (opcode, payload) = await webSocket.ReceiveAsync();
            Assert.Equal(WebSocketOpcode.Binary, opcode);
            Assert.True(BinaryMessage.TrySplit(payload, out var header, out var bytes));
            Assert.Equal((name, "binary"), (JsonElement.Parse(header.Span).GetProperty("event").GetString(), JsonElement.Parse(header.Span).GetProperty("encoding").GetString()));
            Assert.Equal(slice.ToArray(), bytes.ToArray());
        }

        Assert.Equal("grüß dich", (await sse.ReceiveJsonAsync()).GetProperty("data").GetString());
        foreach (string name in new[] { "bytes", "slice" })
        {
            var item = await sse.ReceiveAsync();
            Assert.Equal(name, item.EventType);
            Assert.Equal("base64", JsonElement.Parse(item.Data).GetProperty("encoding").GetString());
            Assert.Equal(slice.ToArray(), JsonElement.Parse(item.Data).GetProperty("data").GetBytesFromBase64());
        }

        await other.SendTextAsync("""{"type":"ping","ref":"nothing came before"}""");
        Assert.Equal("nothing came before", (await other.ReceiveJsonAsync()).GetProperty("ref").GetString());
    }

    /// <summary>To a user, from the grain, over HTTP and in a list: live and in a replay.</summary>
    [Fact]
    public async Task Bytes_ComeAgainAsBytes_WhenAClientResumes()
    {
        byte[] bytes = [0, 1, 254, 255, 10, 13];
        var edge = fixture.Platform.Edges[0];
        _ = await fixture.Platform.Grains.GetGrain<IUserGrain>("replayed").Push(Notification.Binary("grain", bytes));
        using (var answer = await edge.PostAsync("/api/push/users/replayed?event=http", bytes, "application/octet-stream")) Assert.Equal(202, (int)answer.StatusCode);
        string list = $$"""[{"target":{"kind":"user","id":"replayed"},"event":"list","dataBase64":"{{Convert.ToBase64String(bytes)}}"}]""";
        using (var answer = await edge.PostAsync("/api/push", Encoding.UTF8.GetBytes(list), "application/json")) Assert.Equal(200, (int)answer.StatusCode);

        await using var webSocket = await RawWebSocket.ConnectAsync(fixture.Platform.Edges[1], "userid=replayed&resume=last:3");
        await using var sse = await RawSse.ConnectAsync(edge, "userid=replayed&resume=last:3");
        foreach (string name in new[] { "grain", "http", "list" })
        {
            Assert.True(BinaryMessage.TrySplit((await webSocket.ReceiveAsync()).Payload, out var header, out var payload));
            Assert.Equal(name, JsonElement.Parse(header.Span).GetProperty("event").GetString());
            Assert.Equal(bytes, payload.ToArray());
            var item = await sse.ReceiveJsonAsync();
            Assert.Equal(name, item.GetProperty("event").GetString());
            Assert.Equal(bytes, item.GetProperty("data").GetBytesFromBase64());
        }
    }
}
