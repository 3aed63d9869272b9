using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Notify.Protocol;
using Notify.Tests.Platform;

namespace Notify.Tests.EdgeHost.Hooks;

/// <summary>A webhook's receiver on a real socket, which checks signatures and answers as it is told.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    public const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private readonly WebApplication _app;
    private readonly Channel<Delivery> _received = Channel.CreateUnbounded<Delivery>();
    private readonly CancellationTokenSource _stop = new();

    private WebhookReceiver(WebApplication app) => _app = app;

    public Uri Address => new(new Uri(_app.Urls.First()), "/hook?token=in-the-query");

    /// <summary>What is answered to each request; never: it hangs.</summary>
    public Func<Delivery, Task<int>> Answer { get; set; } = _ => Task.FromResult(204);

    /// <summary>Every request, before it is answered.</summary>
    public ChannelReader<Delivery> Received => _received.Reader;

    public CancellationToken Stopping => _stop.Token;

    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var receiver = new WebhookReceiver(app);
        app.Run(receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>The next event of a user.</summary>
    public Task<Delivery> NextOfAsync(string user, string what) => Received.NextAsync(d => d.Data.GetProperty("user").GetString() == user, what);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _app.DisposeAsync();
        _stop.Dispose();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers;
        Assert(WebhookSignature.TryReadSecret(Secret, out byte[]? secret));
        bool isSigned = WebhookSignature.Verify(
            secret!, headers[WebhookSignature.IdHeader]!, headers[WebhookSignature.TimestampHeader]!, headers[WebhookSignature.SignatureHeader]!, body.ToArray(),
            TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(5));
        var delivery = new Delivery(JsonElement.Parse(body.ToArray()), isSigned, headers[WebhookSignature.IdHeader]!, context.Request.ContentType!);
        _ = _received.Writer.TryWrite(delivery);
        context.Response.StatusCode = await Answer(delivery);

        static void Assert(bool isTrue)
        {
            if (!isTrue) throw new InvalidOperationException("The secret cannot be read.");
        }
    }

    /// <summary>One request.</summary>
    public sealed record Delivery(JsonElement Event, bool IsSigned, string Id, string ContentType)
    {
        public JsonElement Data => Event.GetProperty("data");

        public string Type => Event.GetProperty("type").GetString()!;
    }
}
