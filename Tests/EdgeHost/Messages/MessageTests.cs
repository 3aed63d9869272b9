using System.Text.Json;
using Notify.EdgeHost;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Messages;

/// <summary>Clients' messages and their handlers, over WebSocket.</summary>
public sealed class MessageTests(MessageFixture fixture) : IClassFixture<MessageFixture>
{
    private TestEdgeHost Edge => fixture.Platform.Edge;

    [Theory]
    [InlineData("""{"url":"orders/7/ack","body":{"note":"ü"}}""", """{"id":7,"note":"ü","user":"binding","desk":"desk"}""")]
    [InlineData("""{"url":"/Orders/7/ACK/","body":{"Note":"n"}}""", """{"id":7,"note":"n","user":"binding","desk":"desk"}""")]
    [InlineData("""{"url":"orders/seven/ack"}""", "\"text seven\"")]
    [InlineData("""{"url":"orders/a%2Fb%20c/ack"}""", "\"text a/b c\"")]
    [InlineData("""{"url":"orders/latest/ack"}""", "\"literal\"")]
    [InlineData("""{"url":"files/a/b/c.txt"}""", "\"a/b/c.txt\"")]
    [InlineData("""{"url":"pages"}""", "1")]
    [InlineData("""{"url":"pages/3"}""", "3")]
    [InlineData("""{"url":"maybe/monday"}""", "\"Monday\"")]
    [InlineData("""{"url":"maybe"}""", "\"none\"")]
    [InlineData("""{"url":"named/5f0c1f0e-0000-4000-8000-000000000001"}""", "\"5f0c1f0e-0000-4000-8000-000000000001\"")]
    [InlineData("""{"url":"optional"}""", "\"no body\"")]
    [InlineData("""{"url":"optional","body":null}""", "\"no body\"")]
    [InlineData("""{"url":"void","body":"x"}""", null)]
    [InlineData("""{"url":"null"}""", null)]
    [InlineData("""{"url":"task"}""", null)]
    [InlineData("""{"url":"value-task","body":41}""", "42")]
    [InlineData("""{"url":"result/ok"}""", """{"ok":true}""")]
    public async Task Message_IsBoundAndAnswered(string message, string? body)
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=binding");
        await client.SendTextAsync(message);
        var reply = await client.ReceiveJsonAsync();
        Assert.True(reply.GetProperty("type").GetString() == "reply", reply.ToString());
        Assert.Equal("message", reply.GetProperty("to").GetString());
        Assert.Equal(JsonElement.Parse(message).GetProperty("url").GetString(), reply.GetProperty("url").GetString());
        Assert.False(reply.TryGetProperty("ref", out _));
        Assert.Equal(body is not null, reply.TryGetProperty("body", out var said));
        if (body is not null) Assert.True(JsonElement.DeepEquals(JsonElement.Parse(body), said), said.ToString());
    }

    [Theory]
    [InlineData("""{"url":"nowhere","ref":"r"}""", ErrorCodes.NotMapped)]
    [InlineData("""{"url":"","ref":"r"}""", ErrorCodes.NotMapped)]
    [InlineData("""{"url":"orders/7","ref":"r"}""", ErrorCodes.NotMapped)]
    [InlineData("""{"url":"orders/7/ack","ref":"r"}""", ErrorCodes.InvalidBody)]
    [InlineData("""{"url":"orders/7/ack","body":null,"ref":"r"}""", ErrorCodes.InvalidBody)]
    [InlineData("""{"url":"orders/7/ack","body":{"note":{}},"ref":"r"}""", ErrorCodes.InvalidBody)]
    [InlineData("""{"url":"orders/7/ack","body":[],"ref":"r"}""", ErrorCodes.InvalidBody)]
    [InlineData("""{"url":"named/xyz","ref":"r"}""", ErrorCodes.InvalidUrl)]
    [InlineData("""{"url":"maybe/noday","ref":"r"}""", ErrorCodes.InvalidUrl)]
    [InlineData("""{"url":"result/out_of_stock","ref":"r"}""", "out_of_stock")]
    [InlineData("""{"url":"fails","ref":"r"}""", ErrorCodes.HandlerFailed)]
    [InlineData("""{"url":"large","ref":"r"}""", ErrorCodes.HandlerFailed)]
    public async Task Message_ThatCannotBeServed_IsAnErrorAndTheConnectionLives(string message, string code)
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=refused");
        await client.SendTextAsync(message);
        var error = await client.ReceiveJsonAsync();
        Assert.Equal("error", error.GetProperty("type").GetString());
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal("r", error.GetProperty("ref").GetString());
        Assert.Equal(JsonElement.Parse(message).GetProperty("url").GetString(), error.GetProperty("url").GetString());
        string words = error.GetProperty("message").GetString()!;
        Assert.DoesNotContain("secret", words, StringComparison.Ordinal);
        Assert.DoesNotContain("Notify.", words, StringComparison.Ordinal); // no names of types
        await client.SendTextAsync("""{"url":"task","ref":2}""");
        Assert.Equal(2, (await client.ReceiveJsonAsync()).GetProperty("ref").GetInt32());
    }

    [Fact]
    public async Task Handler_ThatFails_IsLogged()
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=logged");
        await client.SendTextAsync("""{"url":"fails"}""");
        Assert.Contains("'fails'", await fixture.Logged.Reader.NextAsync(l => l.StartsWith("2201 ", StringComparison.Ordinal) && l.Contains("10.0.0.1", StringComparison.Ordinal), "the failure in the log"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_GoesToThatConnectionOnly()
    {
        await using var other = await RawWebSocket.ConnectAsync(Edge, "sub=same&claim.role=a");
        await using var client = await RawWebSocket.ConnectAsync(Edge, "sub=same&claim.role=admin");
        await client.SendTextAsync("""{"url":"send","ref":1}""");
        var (first, second) = (await client.ReceiveJsonAsync(), await client.ReceiveJsonAsync());
        var reply = first.GetProperty("type").GetString() == "reply" ? first : second;
        var sent = first.GetProperty("type").GetString() == "reply" ? second : first;
        Assert.Equal(client.ConnectionId, reply.GetProperty("body").GetString());
        Assert.Equal("admin", sent.GetProperty("data").GetString());
        await other.SendTextAsync("""{"type":"ping","ref":"alone"}""");
        Assert.Equal("alone", (await other.ReceiveJsonAsync()).GetProperty("ref").GetString());
    }

    [Fact]
    public async Task Messages_OfOneConnection_AreHandledInOrderAndBounded()
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=ordered");
        await client.SendTextAsync("""{"url":"wait/o0","ref":0}""");
        Assert.Equal("begin o0", await fixture.Notes.Reader.NextAsync(n => n.StartsWith("begin o", StringComparison.Ordinal), "the first handler"));
        for (int i = 1; i < 6; i++) await client.SendTextAsync($$"""{"url":"wait/o{{i}}","ref":{{i}}}""");
        var busy = await client.ReceiveJsonAsync(); // one runs, four wait
        Assert.Equal((ErrorCodes.Busy, 5), (busy.GetProperty("code").GetString(), busy.GetProperty("ref").GetInt32()));
        await client.SendTextAsync("""{"type":"ping","ref":"p"}"""); // pings do not wait for handlers
        Assert.Equal("p", (await client.ReceiveJsonAsync()).GetProperty("ref").GetString());
        for (int i = 0; i < 5; i++)
        {
            if (i > 0) Assert.Equal($"begin o{i}", await fixture.Notes.Reader.NextAsync(n => n.StartsWith("begin o", StringComparison.Ordinal), "the next handler"));
            fixture.Gate.Release();
            Assert.Equal(i, (await client.ReceiveJsonAsync()).GetProperty("ref").GetInt32());
        }
    }

    [Fact]
    public async Task Handler_OutOfTime_IsCancelledAndAnswered()
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=late");
        await client.SendTextAsync("""{"url":"wait/late","ref":1}""");
        Assert.Equal(ErrorCodes.TimedOut, (await client.ReceiveJsonAsync()).GetProperty("code").GetString());
        _ = await fixture.Notes.Reader.NextAsync(n => n == "cancelled late", "the handler to be cancelled");
        _ = await fixture.Logged.Reader.NextAsync(l => l.StartsWith("2202 ", StringComparison.Ordinal), "the late handler in the log");
    }

    [Fact]
    public async Task Handler_ThatIgnoresItsTime_IsNotOvertaken()
    {
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=stubborn");
        await client.SendTextAsync("""{"url":"stubborn","ref":1}""");
        await client.SendTextAsync("""{"url":"task","ref":2}""");
        Assert.Equal(ErrorCodes.TimedOut, (await client.ReceiveJsonAsync()).GetProperty("code").GetString());
        await client.SendTextAsync("""{"type":"ping","ref":"p"}""");
        Assert.Equal("p", (await client.ReceiveJsonAsync()).GetProperty("ref").ToString());
        fixture.Gate.Release();
        Assert.Equal("2", (await client.ReceiveJsonAsync()).GetProperty("ref").ToString());
    }

    [Fact]
    public async Task Client_ThatLeaves_CancelsItsHandler()
    {
        var client = await RawWebSocket.ConnectAsync(Edge, "userid=leaves");
        await client.SendTextAsync("""{"url":"wait/left"}""");
        _ = await fixture.Notes.Reader.NextAsync(n => n == "begin left", "the handler to begin");
        client.Reset();
        _ = await fixture.Notes.Reader.NextAsync(n => n == "cancelled left", "the handler to be cancelled");
    }

    [Fact]
    public async Task Handlers_ThatBlockTheirThreads_HoldUpNeitherPushesNorPings()
    {
        fixture.Door.Reset();
        var blockers = new List<RawWebSocket>();
        await using var bystander = await RawWebSocket.ConnectAsync(Edge, "userid=bystander");
        try
        {
            for (int i = 0; i < 32; i++) // more than the pool has threads at once, and than the handlers have
            {
                var blocker = await RawWebSocket.ConnectAsync(Edge, $"userid=blocker{i}");
                blockers.Add(blocker);
                await blocker.SendTextAsync("""{"url":"block"}""");
            }

            for (int i = 0; i < 4; i++) _ = await fixture.Notes.Reader.NextAsync(n => n == "blocked", "the handlers to block");
            for (int i = 0; i < 20; i++)
            {
                _ = await Edge.PushAsync("/users/bystander", $$"""{"data":{{i}}}""");
                Assert.Equal(i, (await bystander.ReceiveJsonAsync()).GetProperty("data").GetInt32());
                await blockers[i].SendTextAsync("""{"type":"ping","ref":1}""");
            }

            foreach (var blocker in blockers.Take(20))
            {
                var answer = await blocker.ReceiveJsonAsync();
                if (answer.GetProperty("type").GetString() == "error") answer = await blocker.ReceiveJsonAsync(); // out of time, told first
                Assert.Equal("ping", answer.GetProperty("to").GetString());
            }
        }
        finally
        {
            fixture.Door.Set();
            foreach (var blocker in blockers) await blocker.DisposeAsync();
        }
    }

    [Fact]
    public void Map_WhatCannotBeCalled_SaysWhy()
    {
        var app = Edge.App;
        Assert.Contains("already", Refusal("orders/{id:int}/ack", () => 1), StringComparison.Ordinal);
        Assert.Contains("more than one", Refusal("two", (MessageFixture.Ack a, MessageFixture.Ack b) => 1), StringComparison.Ordinal);
        Assert.Contains("cannot be read from a url", Refusal("typed/{a}", (MessageFixture.Ack a) => 1), StringComparison.Ordinal);
        Assert.Contains("async void", Refusal("void2", (Action)(async () => await Task.Yield())), StringComparison.Ordinal);

        string Refusal(string pattern, Delegate handler) => Assert.Throws<InvalidOperationException>(() => app.MapNotifyMessage(pattern, handler)).Message;
    }
}
