using System.Net;
using System.Text.Json;
using Notify.Protocol;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.EdgeHost.Messages;

/// <summary>POST /messages: the way back of clients over SSE, through any edge.</summary>
public sealed class MessageEndpointTests(MessageFixture fixture) : IClassFixture<MessageFixture>
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Message_OfAnSseClient_IsHandledAtAnyEdge(int edge)
    {
        await using var client = await RawSse.ConnectAsync(fixture.Platform.Edges[0], "sub=talker&claim.role=admin");
        using var answer = await fixture.Platform.Edges[edge].PostAsync($"/messages?sub=talker&connection={client.ConnectionId}", """{"url":"send","ref":7}""");
        var reply = JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal((7, client.ConnectionId), (reply.GetProperty("ref").GetInt32(), reply.GetProperty("body").GetString()));
        Assert.Equal("admin", (await client.ReceiveJsonAsync()).GetProperty("data").GetString()); // the connection's own claims count
    }

    [Theory]
    [InlineData("""{"url":"nowhere"}""", 404, ErrorCodes.NotMapped)]
    [InlineData("""{"url":"orders/7/ack"}""", 400, ErrorCodes.InvalidBody)]
    [InlineData("""{"url":"fails"}""", 500, ErrorCodes.HandlerFailed)]
    [InlineData("""{"type":"ping"}""", 400, ErrorCodes.InvalidField)]
    [InlineData("nonsense", 400, ErrorCodes.InvalidJson)]
    public async Task Message_ThatCannotBeServed_IsAnErrorFrame(string message, int status, string code)
    {
        await using var client = await RawSse.ConnectAsync(fixture.Platform.Edge, "userid=poster");
        using var answer = await fixture.Platform.Edge.PostAsync($"/messages?userid=poster&connection={client.ConnectionId}", message);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(code, JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Message_ForAnothersConnection_Is404()
    {
        await using var client = await RawSse.ConnectAsync(fixture.Platform.Edge, "userid=owner");
        foreach (var edge in fixture.Platform.Edges)
        {
            using var answer = await edge.PostAsync($"/messages?userid=thief&connection={client.ConnectionId}", """{"url":"task"}""");
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("/messages?connection=a-1", "application/json", "{}", 401)]
    [InlineData("/messages?userid=a", "application/json", """{"url":"task"}""", 404)]
    [InlineData("/messages?userid=a", "text/plain", """{"url":"task"}""", 415)]
    public async Task Request_ThatIsNoMessage_IsAProblem(string address, string type, string body, int status)
    {
        using var answer = await fixture.Platform.Edge.PostAsync(address, body, type);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Message_OverTheLimit_Is413()
    {
        using var answer = await fixture.Platform.Edge.PostAsync("/messages?userid=a", $$"""{"url":"task","body":"{{new string('x', 20_000)}}"}""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }
}
