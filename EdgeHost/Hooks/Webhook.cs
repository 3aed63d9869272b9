using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Notify.EdgeHost.Telemetry;
using Notify.Protocol;

namespace Notify.EdgeHost.Hooks;

/// <summary>Sends events to one receiver, each until it is taken: signed anew at each attempt, with back-off in between.</summary>
internal sealed class Webhook : IDisposable
{
    private readonly WebhookOptions _options;
    private readonly byte[][] _secrets;
    private readonly TimeProvider _clock;
    private readonly HookMetrics _metrics;
    private readonly ILogger _logger;

    // A redirect would send what is signed for one receiver to another.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(2) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public Webhook(WebhookOptions options, TimeProvider clock, HookMetrics metrics, ILogger logger)
    {
        (_options, _clock, _metrics, _logger) = (options, clock, metrics, logger);
        _secrets = [.. options.Secrets.Select(s => WebhookSignature.TryReadSecret(s, out byte[]? secret) ? secret : throw new InvalidOperationException("A webhook's secret cannot be read."))];
        Name = options.Address!.GetLeftPart(UriPartial.Path);
    }

    /// <summary>For the log: its address without the query.</summary>
    public string Name { get; }

    /// <summary>Sends one event until the receiver takes it, refuses it for good, or too often does not answer well.</summary>
    public async Task SendAsync(ConnectionEvent said, CancellationToken cancellationToken)
    {
        byte[] body = CloudEvent.Write(said, _options.IncludeAttributes);
        var wait = _options.RetryFirst;
        for (int attempt = 1; ; attempt++)
        {
            var (outcome, after, status) = await TryAsync(said.Id, body, cancellationToken);
            _metrics.Attempted(outcome);
            if (outcome == "taken") return;
            if (outcome == "refused")
            {
                _metrics.Dropped("refused");
                HookLog.Refused(_logger, Name, status);
                return;
            }

            if (attempt == _options.AttemptsLimitCount)
            {
                _metrics.Dropped("given_up");
                HookLog.GivenUp(_logger, Name, attempt);
                return;
            }

            var delay = wait * (1 - (Random.Shared.NextDouble() / 2));
            if (after > delay) delay = after;
            if (delay > _options.RetryMost) delay = _options.RetryMost;
            HookLog.Retrying(_logger, Name, outcome, delay);
            await Task.Delay(delay, _clock, cancellationToken);
            wait = wait * 2 < _options.RetryMost ? wait * 2 : _options.RetryMost;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<(string Outcome, TimeSpan After, int Status)> TryAsync(string id, byte[] body, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.RequestTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = RequestOf(id, body);
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            int status = (int)answer.StatusCode;
            string outcome = answer.IsSuccessStatusCode ? "taken" : IsPassing(answer.StatusCode) ? "busy" : "refused";
            return (outcome, AfterOf(answer), status);
        }
        catch (HttpRequestException)
        {
            return ("unreachable", TimeSpan.Zero, 0);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ("timeout", TimeSpan.Zero, 0);
        }
    }

    private HttpRequestMessage RequestOf(string id, byte[] body)
    {
        long now = _clock.GetUtcNow().ToUnixTimeSeconds();
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new(CloudEvent.MediaType) { CharSet = "utf-8" };
        var request = new HttpRequestMessage(HttpMethod.Post, _options.Address) { Content = content };
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimestampHeader, now.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, string.Join(' ', _secrets.Select(s => WebhookSignature.Sign(s, id, now, body))));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Notify", null));
        return request;
    }

    private static bool IsPassing(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or (HttpStatusCode)425 or >= HttpStatusCode.InternalServerError;

    private TimeSpan AfterOf(HttpResponseMessage answer) => answer.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - _clock.GetUtcNow(),
        _ => TimeSpan.Zero,
    };
}
