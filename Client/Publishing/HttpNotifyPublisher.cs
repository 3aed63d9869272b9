using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Notify.Client;

/// <summary>Pushes over an edge's HTTP API. A push that is not acknowledged is tried again with the same id, so that it arrives once.</summary>
public sealed class HttpNotifyPublisher(HttpClient http, IOptions<HttpPublisherOptions> options, TimeProvider clock) : INotifyPublisher
{
    private const int LimitItems = 1000;
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly MediaTypeHeaderValue Bytes = new("application/octet-stream");

    private readonly HttpPublisherOptions _options = options.Value;

    /// <inheritdoc/>
    public async Task<PushReceipt> PushAsync(PushTarget target, Notification notification, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(notification);
        bool isBinary = notification.PayloadKind == PayloadKind.Binary;
        string address = isBinary ? PushAddress.OfBinary(target, notification) : PushAddress.Canonical;
        var body = isBinary ? notification.Payload : PushBody.Of(target, notification);
        using var answer = await SendAsync(address, body, isBinary ? Bytes : Json, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.NotFound && target.Connection is not null) return new(notification.Id, default, 0, 0, false);
        await ThrowIfRefusedAsync(answer, cancellationToken);
        using var json = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellationToken), default, cancellationToken);
        return PushResult.ReceiptOf(json.RootElement);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PushOutcome>> PushManyAsync(IReadOnlyList<PushItem> items, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(items.Count, LimitItems);
        var outcomes = new PushOutcome[items.Count];
        if (items.Count > 0) await PushListAsync(items, outcomes, cancellationToken);
        return outcomes;
    }

    private async Task PushListAsync(IReadOnlyList<PushItem> items, PushOutcome[] outcomes, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await SendAsync(PushAddress.Canonical, PushBody.OfList(items), Json, cancellationToken);
            await ThrowIfRefusedAsync(answer, cancellationToken);
            using var json = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellationToken), default, cancellationToken);
            int next = 0;
            foreach (var result in json.RootElement.EnumerateArray()) outcomes[next++] = PushResult.OutcomeOf(result);
        }
        catch (Exception failure) when (failure is ArgumentException or NotAcknowledgedException)
        {
            Array.Fill(outcomes, new(null, failure.Message, failure is NotAcknowledgedException));
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        string address, ReadOnlyMemory<byte> body, MediaTypeHeaderValue type, CancellationToken cancellationToken)
    {
        var wait = _options.RetryFirst;
        for (int attempt = 0; ; attempt++)
        {
            Exception? failure = null;
            try
            {
                using var content = new ReadOnlyMemoryContent(body);
                content.Headers.ContentType = type;
                var answer = await http.PostAsync(new Uri(address, UriKind.Relative), content, cancellationToken);
                if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || attempt == _options.RetryCount) return answer;
                wait = answer.Headers.RetryAfter?.Delta ?? wait;
                answer.Dispose();
            }
            catch (Exception unreachable) when (unreachable is HttpRequestException or SocketException) // bare where a link is reset as it is made
            {
                failure = unreachable;
            }
            catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
            {
                failure = late;
            }

            if (failure is not null && attempt == _options.RetryCount) throw new NotAcknowledgedException("The edge could not be reached in time.", failure);
            await Task.Delay(wait, clock, cancellationToken);
            wait *= 2;
        }
    }

    private static async Task ThrowIfRefusedAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (answer.IsSuccessStatusCode) return;
        string detail = await PushResult.DetailOfAsync(answer, cancellationToken);
        throw answer.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new UnauthorizedAccessException(detail),
            >= HttpStatusCode.InternalServerError => new NotAcknowledgedException(detail),
            _ => new ArgumentException(detail),
        };
    }
}
