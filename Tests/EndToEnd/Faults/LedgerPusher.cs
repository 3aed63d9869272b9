using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Notify.Tests.EndToEnd.Faults;

/// <summary>What became of the attempts to push, over all pushers of a run.</summary>
internal sealed class PushCounts
{
    private int _refused;
    private int _unanswered;
    private int _repeats;

    /// <summary>Answered with 503.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>Not answered: the link broke, or nobody listened.</summary>
    public int Unanswered => Volatile.Read(ref _unanswered);

    /// <summary>Receipts that said so: an earlier attempt had been stored.</summary>
    public int Repeats => Volatile.Read(ref _repeats);

    public void CountRefused() => Interlocked.Increment(ref _refused);

    public void CountUnanswered() => Interlocked.Increment(ref _unanswered);

    public void CountRepeat() => Interlocked.Increment(ref _repeats);
}

/// <summary>Pushes over HTTP to one channel, one after the other. Its ids are its own.</summary>
internal sealed class LedgerPusher(HttpClient http, FaultLedger ledger, PushCounts counts, ChannelId channel)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Uri _path = new(channel.Kind switch
    {
        ChannelKind.User => $"/api/push/users/{channel.Name}",
        ChannelKind.Company => $"/api/push/companies/{channel.Name}",
        _ => $"/api/push/topics/{channel.Name}",
    }, UriKind.Relative);

    /// <summary>Pushes something new until it is acknowledged.</summary>
    public Task<LedgerReceipt> PushAsync(Uri edge, string id) => PushAsync(() => edge, id);

    /// <summary>The same, asking anew for each attempt where to push.</summary>
    public async Task<LedgerReceipt> PushAsync(Func<Uri> edge, string id)
    {
        ledger.Pushing(channel, id);
        var receipt = await AgainAsync(edge, id);
        if (receipt.IsRepeat) counts.CountRepeat();
        return receipt;
    }

    /// <summary>Pushes something new, once; null: it may be stored or not, and nobody will push it again.</summary>
    public async Task<LedgerReceipt?> PushOnceAsync(Uri edge, string id)
    {
        ledger.Pushing(channel, id);
        var receipt = await TryAsync(edge, id);
        using var pause = new PeriodicTimer(Pause);
        if (receipt is null) _ = await pause.WaitForNextTickAsync();
        return receipt;
    }

    /// <summary>Pushes the same id until it is acknowledged.</summary>
    public Task<LedgerReceipt> AgainAsync(Uri edge, string id) => AgainAsync(() => edge, id);

    private async Task<LedgerReceipt> AgainAsync(Func<Uri> edge, string id)
    {
        using var pause = new PeriodicTimer(Pause);
        while (true)
        {
            if (await TryAsync(edge(), id) is { } receipt) return receipt;
            _ = await pause.WaitForNextTickAsync();
        }
    }

    private async Task<LedgerReceipt?> TryAsync(Uri edge, string id)
    {
        try
        {
            using var answer = await http.PostAsJsonAsync(new Uri(edge, _path), new { id, @event = "e", data = id });
            var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
            if (answer.StatusCode == HttpStatusCode.Accepted && Position.TryParse(body.GetProperty("position").GetString(), out var position))
            {
                ledger.Acknowledged(channel, id, position);
                return new(position, body.GetProperty("edges").GetInt32(), body.GetProperty("repeat").GetBoolean());
            }

            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable) throw new InvalidOperationException($"A push to {channel} was answered with {(int)answer.StatusCode}: {body}");
            counts.CountRefused();
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or SocketException or OperationCanceledException)
        {
            counts.CountUnanswered();
        }

        return null;
    }
}

/// <summary>The answer to a push that was acknowledged.</summary>
internal sealed record LedgerReceipt(Position Position, int Edges, bool IsRepeat);
