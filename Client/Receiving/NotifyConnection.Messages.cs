using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using Notify.Protocol;

namespace Notify.Client;

public sealed partial class NotifyConnection
{
    private readonly PendingReplies _replies = new();
    private volatile LinkState? _link; // the one that is welcomed

    /// <summary>
    /// Sends a message to the handler mapped to its url and gives the handler's answer; null when that was empty. While
    /// <see cref="ReceiveAsync"/> is being read, from any thread, also between two notifications. Over SSE it goes as a request of its own.
    /// </summary>
    /// <exception cref="MessageFailedException">The server answered with an error.</exception>
    /// <exception cref="TimeoutException">No answer came within <see cref="NotifyConnectionOptions.ReplyTimeout"/>; it may have been handled.</exception>
    /// <exception cref="IOException">The connection broke before the answer came; it may have been handled.</exception>
    /// <exception cref="InvalidOperationException">It is not connected.</exception>
    public async Task<JsonElement?> SendAsync(string url, object? body = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (_link is not { } link) throw new InvalidOperationException("The connection is not open.");
        using var late = new CancellationTokenSource(options.ReplyTimeout, options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            var frame = link.SendAsync is { } send ? await AskAsync(send, url, body, either.Token) : await PostAsync(link, url, body, either.Token);
            return frame.Type == FrameTypes.Error ? throw new MessageFailedException(frame.Code ?? "", frame.Text ?? "") : frame.Body;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"No answer came within {options.ReplyTimeout}; the message may have been handled.");
        }
    }

    /// <summary>As <see cref="SendAsync(string, object?, CancellationToken)"/>, with the answer as an object (web defaults); default when it was empty.</summary>
    public async Task<T?> SendAsync<T>(string url, object? body = null, CancellationToken cancellationToken = default) =>
        await SendAsync(url, body, cancellationToken) is { } answer ? answer.Deserialize<T>(JsonSerializerOptions.Web) : default;

    /// <summary>However a link ends, nothing more is sent over it.</summary>
    private readonly struct LinkEnd(NotifyConnection connection) : IDisposable
    {
        public void Dispose() => connection._link = null;
    }

    private static ReadOnlyMemory<byte> MessageOf(string url, object? body, string? reference)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, FrameTypes.Message);
            json.WriteString("url"u8, url);
            if (reference is not null) json.WriteString("ref"u8, reference);
            if (body is not null)
            {
                json.WritePropertyName("body"u8);
                JsonSerializer.Serialize(json, body, body.GetType(), JsonSerializerOptions.Web);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private async Task<ServerFrame> AskAsync(
        Func<ReadOnlyMemory<byte>, CancellationToken, Task> send, string url, object? body, CancellationToken cancellationToken)
    {
        var answer = _replies.Add(out string reference);
        try
        {
            await send(MessageOf(url, body, reference), cancellationToken);
            return await answer.WaitAsync(cancellationToken);
        }
        finally
        {
            _replies.Remove(reference);
        }
    }

    private async Task<ServerFrame> PostAsync(LinkState link, string url, object? body, CancellationToken cancellationToken)
    {
        var query = options.Query.Select(p => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(p.Value)}").Append($"connection={link.ConnectionId}");
        using var content = new ReadOnlyMemoryContent(MessageOf(url, body, null));
        content.Headers.ContentType = new("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, new UriBuilder(new Uri(options.BaseAddress, "messages")) { Query = string.Join('&', query) }.Uri)
        {
            Content = content,
        };
        if (options.AccessToken is { } token) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await token(cancellationToken));
        using var answer = await SseLink.Http.SendAsync(request, cancellationToken);
        byte[] bytes = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        if (answer.Content.Headers.ContentType?.MediaType == "application/json") return ServerFrame.Read(bytes);
        throw new HttpRequestException($"The edge answered {(int)answer.StatusCode}.", null, answer.StatusCode);
    }
}
