using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Net.WebSockets;

namespace Notify.Bench.Load;

/// <summary>
/// One client, as light as the framework's own sockets are. Not NotifyConnection: that hides repeats and comes back after an
/// interruption, and both are what is looked for here.
/// </summary>
internal sealed class LoadConnection(LoadOptions options, LoadTally tally, HttpMessageInvoker http, int number)
{
    private static ReadOnlySpan<byte> WelcomeStart => "{\"type\":\"welcome\""u8;

    private readonly TaskCompletionSource _welcomed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ArrivalOrder _order;

    /// <summary>Completes when it was welcomed, or failed.</summary>
    public Task Settled => _welcomed.Task;

    private Uri Url => options.Urls[number % options.Urls.Count];

    private bool IsSse => options.Transport == LoadTransport.Sse || (options.Transport == LoadTransport.Mixed && number % 2 == 1);

    /// <summary>Connects and reads until cancelled or cut off.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await (IsSse ? ReadEventsAsync(cancellationToken) : ReadMessagesAsync(cancellationToken));
            if (!cancellationToken.IsCancellationRequested) End("The server closed a connection.");
        }
        catch (Exception failure) when (failure is WebSocketException or HttpRequestException or IOException or OperationCanceledException)
        {
            if (!cancellationToken.IsCancellationRequested) End(failure.Message);
        }
        finally
        {
            _welcomed.TrySetResult();
        }
    }

    private async Task ReadMessagesAsync(CancellationToken cancellationToken)
    {
        using var socket = new ClientWebSocket();
        if (options.Token is not null) socket.Options.SetRequestHeader("Authorization", $"Bearer {options.Token}");
        await socket.ConnectAsync(new UriBuilder(Address("ws")) { Scheme = Url.Scheme == "https" ? "wss" : "ws" }.Uri, http, cancellationToken);
        var messages = new MessageReceiver(socket);
        while (await messages.NextAsync(cancellationToken) is { } message) Take(message.Span);
        tally.Note($"A connection was closed with {(int?)socket.CloseStatus} {socket.CloseStatusDescription}.");
    }

    private async Task ReadEventsAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Address("sse"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (options.Token is not null) request.Headers.Authorization = new("Bearer", options.Token);
        using var response = await http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var events = SseParser.Create(stream, (_, data) =>
        {
            Take(data);
            return 0;
        });
        await foreach (var _ in events.EnumerateAsync(cancellationToken)) continue;
    }

    private void Take(ReadOnlySpan<byte> message)
    {
        if (_welcomed.Task.IsCompleted)
        {
            tally.Take(message, ref _order);
        }
        else if (message.StartsWith(WelcomeStart))
        {
            tally.Join(number % options.GroupCount);
            _welcomed.TrySetResult();
        }
    }

    private void End(string why)
    {
        Interlocked.Increment(ref _welcomed.Task.IsCompleted ? ref tally.Disconnected : ref tally.Refused);
        tally.Note(why);
    }

    private Uri Address(string path)
    {
        var query = new List<string>();
        if (options.Token is null)
        {
            query.Add($"userid={LoadTargets.User(number)}");
            query.Add($"company={LoadTargets.Company(number % options.Groups)}");
        }

        if (options.Target == LoadTarget.Topic) query.Add($"topics={LoadTargets.Topic(number % options.Groups)}");
        return new UriBuilder(new Uri(Url, path)) { Query = string.Join('&', query) }.Uri;
    }
}

/// <summary>The names that the tool uses.</summary>
internal static class LoadTargets
{
    public static string User(int number) => $"load-{number}";

    public static string Company(int group) => $"load-{group}";

    public static string Topic(int group) => $"load/{group}";

    /// <summary>Whom a push of this group is for.</summary>
    public static PushTarget Of(LoadOptions options, int group) => options.Target switch
    {
        LoadTarget.User => PushTarget.User(options.Token is null ? User(group) : options.User!),
        LoadTarget.Company => PushTarget.Company(options.Token is null ? Company(group) : options.Company!),
        LoadTarget.Topic => PushTarget.Topic(Topic(group)),
        _ => PushTarget.Everyone(),
    };
}
