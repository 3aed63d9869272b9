using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Publishing;

public sealed class PushApiTests(PlatformFixture fixture) : IClassFixture<PlatformFixture>
{
    private TestEdgeHost Edge => fixture.Platform.Edge;

    [Fact]
    public async Task Push_ToAUser_AnswersAReceipt()
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=receipts");
        var receipt = await Edge.PushAsync("/users/receipts", """{"data":1,"id":"r1"}""");
        Assert.Equal("r1", receipt.GetProperty("id").GetString());
        Assert.EndsWith("-1", receipt.GetProperty("position").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, receipt.GetProperty("edges").GetInt32());
        Assert.Equal(1, receipt.GetProperty("connections").GetInt32());
        Assert.False(receipt.GetProperty("repeat").GetBoolean());
    }

    [Fact]
    public async Task Push_TheSameIdAgain_IsDeliveredOnce()
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=repeats");
        var first = await Edge.PushAsync("/users/repeats", """{"data":1,"id":"once"}""");
        var second = await Edge.PushAsync("/users/repeats", """{"data":1,"id":"once"}""");
        Assert.True(second.GetProperty("repeat").GetBoolean());
        Assert.Equal(first.GetProperty("position").GetString(), second.GetProperty("position").GetString());
        _ = await Edge.PushAsync("/users/repeats", """{"data":2,"id":"next"}""");
        Assert.Equal("once", (await client.ReceiveJsonAsync()).GetProperty("id").GetString());
        Assert.Equal("next", (await client.ReceiveJsonAsync()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task Push_Data_ArrivesByteForByte()
    {
        const string data = """{ "n" : 1.0e+2, "u" : "\u00fc\/", "a":[ ] , "big":12345678901234567890123 }""";
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=bytes");
        _ = await Edge.PushAsync("/users/bytes", $$"""{"data":{{data}} ,"event":"e"}""");
        var frame = await client.ReceiveJsonAsync();
        Assert.Equal(data, frame.GetProperty("data").GetRawText());
        Assert.Equal("e", frame.GetProperty("event").GetString());
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("a%2Fb")]
    [InlineData("100%")]
    [InlineData("ü ?#&+é/%25")]
    public async Task Push_AnyName_ArrivesUnderThatName(string name)
    {
        string escaped = Uri.EscapeDataString(name);
        await using var client = await RawWebSocket.ConnectAsync(Edge, $"userid={escaped}&company={escaped}&topics={escaped}&clientId={escaped}");
        foreach (string address in (string[])[$"/users/{escaped}", $"/users/{escaped}/clients/{escaped}", $"/companies/{escaped}", $"/topics/{escaped}"])
        {
            Assert.Equal(1, (await Edge.PushAsync(address, """{"data":1}""")).GetProperty("edges").GetInt32());
            Assert.Equal(name, (await client.ReceiveJsonAsync()).GetProperty("channel").GetProperty("id").GetString());
        }
    }

    [Fact]
    public async Task Push_NullFields_CountAsLeftOut()
    {
        var receipt = await Edge.PushAsync("/users/nulls", """{"data":null,"event":null,"id":null,"expiresAt":null,"retain":null}""");
        Assert.Equal(32, receipt.GetProperty("id").GetString()!.Length);
    }

    [Fact]
    public async Task Push_Canonical_GoesToItsTarget()
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=canon&component=orders");
        _ = await Edge.PushAsync("", """{"target":{"kind":"user","id":"canon","component":"billing"},"data":"no"}""");
        _ = await Edge.PushAsync("", """{"data":"yes","target":{"component":"orders","id":"canon","kind":"user"}}""");
        Assert.Equal("yes", (await client.ReceiveJsonAsync()).GetProperty("data").GetString());
    }

    [Fact]
    public async Task Push_List_AnswersEachItemInOrder()
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=lists");
        string goneConnection = "000000000000-1";
        var results = await Edge.PushAsync("", $$"""
            [{"target":{"kind":"user","id":"lists"},"data":1,"id":"l1"},
             {"target":{"kind":"user","id":"lists"},"data":2,"id":"l2","colour":[{}]},
             "x",
             {"target":{"kind":"connection","id":"{{goneConnection}}"},"data":3},
             {"target":{"kind":"connection","id":"{{client.ConnectionId}}"},"data":4,"id":"l4"},
             {"target":{"kind":"user","id":"lists"},"data":"{{new string('x', 70_000)}}"},
             {"target":{"kind":"user","id":"lists"},"data":5,"id":"l5"}]
            """);
        Assert.Equal([202, 400, 400, 404, 202, 413, 202], results.EnumerateArray().Select(r => r.GetProperty("status").GetInt32()));
        Assert.Equal("l1", results[0].GetProperty("id").GetString());
        Assert.Contains("'colour' is unknown", results[1].GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, results[6].GetProperty("edges").GetInt32());
        string?[] got = [.. await ReceiveIdsAsync(client, 3)];
        Assert.Equal(["l1", "l5"], got.Where(id => id != "l4"));
        Assert.Contains("l4", got);
    }

    [Fact]
    public async Task Push_Binary_ArrivesAsBytes()
    {
        byte[] payload = [0, 1, 254, 255, 10];
        await using var webSocket = await RawWebSocket.ConnectAsync(Edge, "userid=binary");
        await using var sse = await RawSse.ConnectAsync(Edge, "userid=binary");
        using var answer = await Edge.PostAsync("/api/push/users/binary?event=pic&id=b1", payload, "application/octet-stream");
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var (opcode, message) = await webSocket.ReceiveAsync();
        Assert.Equal(Notify.Protocol.WebSocketOpcode.Binary, opcode);
        Assert.True(Notify.Protocol.BinaryMessage.TrySplit(message, out var header, out var rest));
        Assert.Equal("b1", JsonElement.Parse(header.Span).GetProperty("id").GetString());
        Assert.Equal(payload, rest.ToArray());
        var item = await sse.ReceiveAsync();
        Assert.Equal("pic", item.EventType);
        Assert.Equal(payload, JsonElement.Parse(item.Data).GetProperty("data").GetBytesFromBase64());
    }

    [Fact]
    public async Task Push_Ephemeral_HasNoPositionOfItsOwn()
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=fleeting");
        var first = await Edge.PushAsync("/users/fleeting", """{"data":1}""");
        var second = await Edge.PushAsync("/users/fleeting", """{"data":2,"retain":false}""");
        Assert.Equal(first.GetProperty("position").GetString(), second.GetProperty("position").GetString());
        Assert.False((await client.ReceiveJsonAsync()).TryGetProperty("ephemeral", out _));
        Assert.True((await client.ReceiveJsonAsync()).GetProperty("ephemeral").GetBoolean());
    }

    [Fact]
    public async Task Push_Expired_IsNotDelivered()
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=late");
        _ = await Edge.PushAsync("/users/late", """{"data":1,"expiresAt":"2001-01-01T00:00:00Z"}""");
        _ = await Edge.PushAsync("/users/late", """{"data":2,"expiresAt":"2999-01-01T00:00:00+02:00"}""");
        Assert.Equal(2, (await client.ReceiveJsonAsync()).GetProperty("data").GetInt32());
    }

    [Fact]
    public async Task History_InPages_GivesWhatWasRetained()
    {
        for (int i = 0; i < 5; i++) _ = await Edge.PushAsync("/topics/past/a", $$"""{"data":{{i}}}""");
        _ = await Edge.PushAsync("/topics/past/a", """{"data":"gone","retain":false}""");
        var got = new List<int>();
        string query = "kind=topic&id=past/a&limit=2";
        for (string after = ""; ;)
        {
            var page = JsonElement.Parse(await Edge.Http.GetStringAsync(new Uri($"/api/history?{query}{after}", UriKind.Relative), TestContext.Current.CancellationToken));
            got.AddRange(page.GetProperty("notifications").EnumerateArray().Select(n => n.GetProperty("data").GetInt32()));
            if (!page.GetProperty("more").GetBoolean()) break;
            after = "&after=" + page.GetProperty("after").GetString();
        }

        Assert.Equal([0, 1, 2, 3, 4], got);
    }

    [Theory]
    [InlineData(typeof(NotAcknowledgedException))]
    [InlineData(typeof(TimeoutException))]
    public async Task Push_NotAcknowledged_Is503WithTheIdToRetry(Type failure)
    {
        await using var platform = await TestPlatform.StartAsync(new()
        {
            EdgeServices = services => services.AddSingleton<INotifyPublisher>(new FailingPublisher((Exception)Activator.CreateInstance(failure)!)),
        });
        using var answer = await platform.Edge.PostAsync("/api/push/users/alice", """{"data":1,"id":"again"}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
        var problem = JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("again", problem.GetProperty("id").GetString());
        Assert.Contains("push again with the same id", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private static async Task<List<string?>> ReceiveIdsAsync(RawWebSocket client, int count)
    {
        var ids = new List<string?>();
        for (int i = 0; i < count; i++) ids.Add((await client.ReceiveJsonAsync()).GetProperty("id").GetString());
        return ids;
    }

    private sealed class FailingPublisher(Exception failure) : INotifyPublisher
    {
        public Task<PushReceipt> PushAsync(PushTarget target, Notification notification, CancellationToken cancellationToken = default) =>
            Task.FromException<PushReceipt>(failure);

        public Task<IReadOnlyList<PushOutcome>> PushManyAsync(IReadOnlyList<PushItem> items, CancellationToken cancellationToken = default) =>
            Task.FromException<IReadOnlyList<PushOutcome>>(failure);
    }
}
