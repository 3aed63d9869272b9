using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Notify.Client;
using Notify.Tests.Platform;
using Xunit;

namespace Notify.Tests.Client;

public sealed class HttpNotifyPublisherTests(PlatformFixture fixture) : IClassFixture<PlatformFixture>
{
    private TestEdgeHost Edge => fixture.Platform.Edge;

    [Fact]
    public async Task PushAsync_AnyTarget_ArrivesAsFromGrainCode()
    {
        await using var services = Services();
        var publisher = services.GetRequiredService<INotifyPublisher>();
        await using var client = await RawWebSocket.ConnectAsync(Edge, $"userid=client%20a&company=b/c&topics={Uri.EscapeDataString("t/ü x")}&component=p");
        Assert.True(ConnectionId.TryParse(client.ConnectionId, out var connection));
        PushTarget[] targets =
        [
            PushTarget.User("client a"), PushTarget.Company("b/c"), PushTarget.Topic("t/ü x"), PushTarget.Everyone(), PushTarget.To(connection),
        ];
        foreach (var target in targets)
        {
            var notification = Notification.Json("e", new { text = "ü" }) with { Component = target.Connection is null ? "p" : null };
            var receipt = await publisher.PushAsync(target, notification, TestContext.Current.CancellationToken);
            Assert.Equal((notification.Id, 1, false), (receipt.Id, receipt.Edges, receipt.IsRepeat));
            Assert.Equal(target.Connection is null, receipt.Position.IsKnown);
            var frame = await client.ReceiveJsonAsync();
            Assert.Equal(notification.Id, frame.GetProperty("id").GetString());
            Assert.Equal("ü", frame.GetProperty("data").GetProperty("text").GetString());
        }
    }

    [Fact]
    public async Task PushAsync_Binary_Arrives()
    {
        await using var services = Services();
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=bin&topics=t/1&clientId=k");
        var publisher = services.GetRequiredService<INotifyPublisher>();
        foreach (var (target, clientId) in ((PushTarget, string?)[])[(PushTarget.User("bin"), "k"), (PushTarget.Topic("t/1"), null)])
        {
            _ = await publisher.PushAsync(target, Notification.Binary("e", new byte[] { 1, 2 }) with { ClientId = clientId }, TestContext.Current.CancellationToken);
            var (_, message) = await client.ReceiveAsync();
            Assert.Equal([1, 2], message[^2..]);
        }
    }

    [Fact]
    public async Task PushAsync_ToAConnectionThatIsGone_CountsNobody()
    {
        await using var services = Services();
        var receipt = await services.GetRequiredService<INotifyPublisher>().PushAsync(
            PushTarget.To(new ConnectionId(new("000000000000"), "1")), Notification.Json(null, 1), TestContext.Current.CancellationToken);
        Assert.Equal((0, 0), (receipt.Edges, receipt.Connections));
    }

    [Fact]
    public async Task PushAsync_WhenTheLinkIsResetAsItIsMade_PushesAgain()
    {
        using var http = new HttpClient(new ResetOnce()) { BaseAddress = Edge.Address };
        var publisher = new HttpNotifyPublisher(http, Options.Create(new HttpPublisherOptions { RetryCount = 1, RetryFirst = TimeSpan.Zero }), TimeProvider.System);
        var receipt = await publisher.PushAsync(PushTarget.User("reset"), Notification.Json(null, 1), TestContext.Current.CancellationToken);
        Assert.Equal(1, receipt.Position.Offset);
    }

    [Fact]
    public async Task PushAsync_BadName_IsAnArgumentException()
    {
        await using var services = Services();
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => services.GetRequiredService<INotifyPublisher>().PushAsync(
            PushTarget.User(" a"), Notification.Json(null, 1), TestContext.Current.CancellationToken));
        Assert.Contains("white space", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PushManyAsync_GivesAnOutcomeForEachInOrder()
    {
        await using var services = Services();
        await using var client = await RawWebSocket.ConnectAsync(Edge, "userid=manifold");
        var outcomes = await services.GetRequiredService<INotifyPublisher>().PushManyAsync(
        [
            new(PushTarget.User("manifold"), Notification.Json("e", 1)),
            new(PushTarget.User(" bad"), Notification.Json("e", 2)),
            new(PushTarget.User("manifold"), Notification.Binary("e", new byte[] { 3 })),
            new(PushTarget.To(new ConnectionId(new("000000000000"), "1")), Notification.Json("e", 4)),
            new(PushTarget.User("manifold"), Notification.Json("e", 5)),
        ], TestContext.Current.CancellationToken);
        Assert.Equal([true, false, true, true, true], outcomes.Select(o => o.Receipt is not null));
        Assert.False(outcomes[1].IsRetryable);
        Assert.Equal(0, outcomes[3].Receipt!.Edges);
    }

    [Fact]
    public async Task PushAsync_AnsweredUnavailable_IsTriedAgainWithTheSameId()
    {
        var handler = new ScriptedHandler(HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable, HttpStatusCode.Accepted);
        using var http = new HttpClient(handler) { BaseAddress = new("http://edge.test") };
        var receipt = await Publisher(http).PushAsync(PushTarget.User("a"), Notification.Json(null, 1) with { Id = "same" }, TestContext.Current.CancellationToken);
        Assert.Equal("same", receipt.Id);
        Assert.Equal(3, handler.Bodies.Count);
        Assert.All(handler.Bodies, body => Assert.Contains("\"id\":\"same\"", body, StringComparison.Ordinal));
    }

    [Fact]
    public async Task PushAsync_UnavailableToTheEnd_IsNotAcknowledged()
    {
        using var http = new HttpClient(new ScriptedHandler(Enumerable.Repeat(HttpStatusCode.ServiceUnavailable, 9).ToArray())) { BaseAddress = new("http://edge.test") };
        await Assert.ThrowsAsync<NotAcknowledgedException>(
            () => Publisher(http).PushAsync(PushTarget.User("a"), Notification.Json(null, 1), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task PushAsync_NobodyThere_IsNotAcknowledged()
    {
        using var http = new HttpClient { BaseAddress = new("http://127.0.0.1:1") };
        await Assert.ThrowsAsync<NotAcknowledgedException>(
            () => Publisher(http).PushAsync(PushTarget.User("a"), Notification.Json(null, 1), TestContext.Current.CancellationToken));
    }

    private static HttpNotifyPublisher Publisher(HttpClient http) =>
        new(http, Options.Create(new HttpPublisherOptions { RetryFirst = TimeSpan.FromMilliseconds(1) }), TimeProvider.System);

    private ServiceProvider Services()
    {
        var services = new ServiceCollection();
        services.AddNotifyPublisher(o => o.BaseAddress = Edge.Address);
        return services.BuildServiceProvider();
    }

    private sealed class ScriptedHandler(params HttpStatusCode[] answers) : HttpMessageHandler
    {
        public List<string> Bodies { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Bodies.Add(await request.Content!.ReadAsStringAsync(cancellationToken));
            var answer = new HttpResponseMessage(answers[Bodies.Count - 1]);
            if (answer.IsSuccessStatusCode) answer.Content = new StringContent("""{"id":"same","position":"1-1","edges":1,"connections":1,"repeat":false}""");
            return answer;
        }
    }

    /// <summary>What HttpClient does when it asks a socket for its peer that has just been reset.</summary>
    private sealed class ResetOnce() : DelegatingHandler(new SocketsHttpHandler())
    {
        private bool _isReset;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (_isReset) return base.SendAsync(request, cancellationToken);
            _isReset = true;
            return Task.FromException<HttpResponseMessage>(new SocketException((int)SocketError.NotConnected));
        }
    }
}
