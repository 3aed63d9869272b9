using System.Buffers.Text;
using System.Text.Json;
using Notify.Protocol;

namespace Notify.Client;

/// <summary>Sends a new token over an open WebSocket before the one that it has expires.</summary>
internal static class TokenRenewals
{
    private static readonly TimeSpan LeastWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostWait = TimeSpan.FromDays(1);

    /// <summary>Runs until it is cancelled, or the token does not say when it expires.</summary>
    public static async Task RunAsync(
        Func<ReadOnlyMemory<byte>, CancellationToken, Task> send, string token, NotifyConnectionOptions options, CancellationToken cancellationToken)
    {
        try
        {
            while (ExpiryOf(token) is { } end)
            {
                // A fifth of its life, and at most a minute, is left for whoever gives tokens.
                var life = end - options.Clock.GetUtcNow();
                var early = life / 5 < TimeSpan.FromMinutes(1) ? life / 5 : TimeSpan.FromMinutes(1);
                var wait = TimeSpan.FromTicks(Math.Clamp((life - early).Ticks, LeastWait.Ticks, MostWait.Ticks));
                await Task.Delay(wait, options.Clock, cancellationToken);
                if (wait == MostWait) continue;
                token = await options.AccessToken!(cancellationToken);
                byte[] frame = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["type"] = FrameTypes.Token, ["token"] = token });
                await send(frame, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The connection is over.
        }
#pragma warning disable CA1031 // Whoever gives tokens may fail: the server then closes when the old one expires, and the next attempt asks again.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private static DateTimeOffset? ExpiryOf(string token)
    {
        string[] parts = token.Split('.');
        try
        {
            if (parts.Length != 3) return null;
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
            return json.RootElement.TryGetProperty("exp", out var exp) && exp.TryGetDouble(out double seconds) ? DateTimeOffset.UnixEpoch.AddSeconds(seconds) : null;
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            return null; // not a JWT: nobody but the server knows
        }
    }
}
