using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Notify.EdgeHost.Security;

/// <summary>A token in the compact form of RFC 7515, taken apart; nothing of it is to be believed before its signature was verified.</summary>
internal sealed record CompactToken(TokenAlgorithm Algorithm, string? KeyId, byte[] SigningInput, byte[] Payload, byte[] Signature)
{
    private const int KeyIdLimitChars = 256;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>Reads a token; null with the reason when it is none that could count. The reason quotes nothing of it.</summary>
    public static CompactToken? Read(string text, int limitChars, out string? problem)
    {
        problem = null;
        if (text.Length > limitChars) return Refuse("The token is too long.", out problem);
        int first = text.IndexOf('.', StringComparison.Ordinal), last = text.LastIndexOf('.');
        if (first <= 0 || last == first || text.IndexOf('.', first + 1) != last) return Refuse("The token is not a signed one: it does not have three parts.", out problem);
        if (StrictBase64Url.Decode(text.AsSpan(0, first)) is not { } header
            || StrictBase64Url.Decode(text.AsSpan(first + 1, last - first - 1)) is not { } payload
            || StrictBase64Url.Decode(text.AsSpan(last + 1)) is not { } signature)
            return Refuse("The token is not valid base64url.", out problem);

        using var json = Parse(header);
        if (json is null) return Refuse("The token's header is not a JSON object.", out problem);
        try
        {
            if (json.RootElement.TryGetProperty("crit", out _)) return Refuse("The token asks for an extension that is not known.", out problem);
            if (json.RootElement.TryGetProperty("b64", out _)) return Refuse("The token asks for an extension that is not known.", out problem);
            var algorithm = TokenAlgorithms.Of(TextOf(json.RootElement, "alg", out _));
            if (algorithm is null) return Refuse("The token's algorithm is not HS256, RS256 or ES256.", out problem);
            string? keyId = TextOf(json.RootElement, "kid", out bool isThere);
            if (isThere && keyId is not { Length: > 0 and <= KeyIdLimitChars }) return Refuse("The token's kid is not a name.", out problem);
            return new(algorithm.Value, keyId, Encoding.ASCII.GetBytes(text[..last]), payload, signature);
        }
        catch (InvalidOperationException)
        {
            return Refuse("The token's header has text that is not valid Unicode.", out problem); // an escaped lone surrogate
        }
    }

    /// <summary>A JSON object, strictly: valid UTF-8, no name twice at any depth; null: it is not.</summary>
    public static JsonDocument? Parse(byte[] utf8)
    {
        if (!Utf8.IsValid(utf8)) return null;
        JsonDocument? json = null;
        try
        {
            json = JsonDocument.Parse(utf8, Strict);
            if (json.RootElement.ValueKind == JsonValueKind.Object) return json;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // Not JSON, a name twice, or a name that is no Unicode.
        }

        json?.Dispose();
        return null;
    }

    private static string? TextOf(JsonElement json, string name, out bool isThere)
    {
        isThere = json.TryGetProperty(name, out var value);
        return isThere && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    private static CompactToken? Refuse(string reason, out string? problem)
    {
        problem = reason;
        return null;
    }
}
