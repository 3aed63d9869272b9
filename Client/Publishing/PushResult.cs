using System.Text.Json;

namespace Notify.Client;

/// <summary>Reads the answers of the push API.</summary>
internal static class PushResult
{
    private const int Accepted = 202;
    private const int NotFound = 404;

    /// <summary>A receipt.</summary>
    public static PushReceipt ReceiptOf(JsonElement json) => new(
        json.GetProperty("id").GetString()!,
        json.TryGetProperty("position", out var text) && Position.TryParse(text.GetString(), out var position) ? position : default,
        json.GetProperty("edges").GetInt32(),
        json.GetProperty("connections").GetInt32(),
        json.GetProperty("repeat").GetBoolean());

    /// <summary>One result of a list.</summary>
    public static PushOutcome OutcomeOf(JsonElement json)
    {
        int status = json.GetProperty("status").GetInt32();
        if (status == Accepted) return new(ReceiptOf(json), null, false);

        // A connection that is gone was pushed to nobody, as with the other publisher.
        if (status == NotFound && json.TryGetProperty("id", out var id)) return new(new(id.GetString()!, default, 0, 0, false), null, false);
        return new(null, json.GetProperty("detail").GetString(), status >= 500);
    }

    /// <summary>What a problem says.</summary>
    public static async Task<string> DetailOfAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (answer.Content.Headers.ContentType?.MediaType == "application/problem+json")
        {
            using var json = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellationToken), default, cancellationToken);
            if (json.RootElement.TryGetProperty("detail", out var detail) && detail.GetString() is { } text) return text;
        }

        return $"The edge answered {(int)answer.StatusCode}.";
    }
}
