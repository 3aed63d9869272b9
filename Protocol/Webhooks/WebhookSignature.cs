using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Notify.Protocol;

/// <summary>
/// Signs webhooks, and checks them at the receiver, by the convention of Standard Webhooks: HMAC-SHA256 over
/// <c>id.timestamp.body</c>, in the headers <c>webhook-id</c>, <c>webhook-timestamp</c> (Unix seconds) and <c>webhook-signature</c>
/// (<c>v1,base64</c>, several parted by spaces).
/// </summary>
public static class WebhookSignature
{
    /// <summary>The header with the message's id, which is the same in every attempt.</summary>
    public const string IdHeader = "webhook-id";

    /// <summary>The header with the attempt's time.</summary>
    public const string TimestampHeader = "webhook-timestamp";

    /// <summary>The header with the signatures.</summary>
    public const string SignatureHeader = "webhook-signature";

    private const string SecretPrefix = "whsec_";
    private const string Version = "v1,";

    /// <summary>Reads <c>whsec_</c> and the base64 of 24 to 64 bytes; false when it is none.</summary>
    public static bool TryReadSecret(string? text, [NotNullWhen(true)] out byte[]? secret)
    {
        secret = null;
        if (text is null || !text.StartsWith(SecretPrefix, StringComparison.Ordinal)) return false;
        byte[] bytes = new byte[64];
        if (!Convert.TryFromBase64String(text[SecretPrefix.Length..], bytes, out int length) || length < 24) return false;
        secret = bytes[..length];
        return true;
    }

    /// <summary>The signature of one secret, as the header has it.</summary>
    public static string Sign(ReadOnlySpan<byte> secret, string id, long unixSeconds, ReadOnlySpan<byte> body)
    {
        byte[] head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{unixSeconds}."));
        byte[] signed = [.. head, .. body];
        return Version + Convert.ToBase64String(HMACSHA256.HashData(secret, signed));
    }

    /// <summary>
    /// Whether a received webhook was signed with this secret, and not longer than <paramref name="tolerance"/> ago (or ahead). The
    /// receiver should also drop ids that it has seen: an event may come twice.
    /// </summary>
    public static bool Verify(
        ReadOnlySpan<byte> secret, string id, string timestamp, string signatures, ReadOnlySpan<byte> body, DateTimeOffset now, TimeSpan tolerance)
    {
        ArgumentNullException.ThrowIfNull(signatures);
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)) return false;
        if (Math.Abs(now.ToUnixTimeSeconds() - seconds) > tolerance.TotalSeconds) return false;
        byte[] expected = Encoding.ASCII.GetBytes(Sign(secret, id, seconds, body));
        bool isSigned = false;
        foreach (string signature in signatures.Split(' '))
            isSigned |= CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(signature));
        return isSigned;
    }
}
