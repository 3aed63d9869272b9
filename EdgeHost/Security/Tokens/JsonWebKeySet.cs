using System.Security.Cryptography;
using System.Text.Json;

namespace Notify.EdgeHost.Security;

/// <summary>Reads a JSON Web Key Set (RFC 7517): signature keys of the three algorithms; others are left out, as section 5 says.</summary>
internal static class JsonWebKeySet
{
    private const int LimitKeys = 100;

    /// <summary>The keys.</summary>
    /// <exception cref="FormatException">It is not a key set, two keys have one id, or a key of ours is broken.</exception>
    public static TokenKeys Read(byte[] utf8)
    {
        using var json = CompactToken.Parse(utf8) ?? throw new FormatException("The key set is not a JSON object.");
        if (!json.RootElement.TryGetProperty("keys", out var list) || list.ValueKind != JsonValueKind.Array) throw new FormatException("The key set has no keys.");
        if (list.GetArrayLength() > LimitKeys) throw new FormatException($"The key set has more than {LimitKeys} keys.");
        try
        {
            return new(list.EnumerateArray().Select(KeyOf).OfType<TokenKey>());
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException)
        {
            throw new FormatException($"The key set cannot be used: {failure.Message}", failure);
        }
    }

    /// <summary>A key's algorithm follows from its type, and must be what its own alg says.</summary>
    private static TokenKey? KeyOf(JsonElement key)
    {
        if (key.ValueKind != JsonValueKind.Object || Text(key, "use") is not (null or "sig")) return null;
        string? id = Text(key, "kid"), algorithm = Text(key, "alg");
        return (Text(key, "kty"), algorithm) switch
        {
            ("oct", null or "HS256") => TokenKey.OfSecret(id, Bytes(key, "k")),
            ("RSA", null or "RS256") => TokenKey.OfRsa(id, new RSAParameters { Modulus = Bytes(key, "n"), Exponent = Bytes(key, "e") }),
            ("EC", null or "ES256") when Text(key, "crv") == "P-256" => TokenKey.OfEc(id, new ECPoint { X = Bytes(key, "x"), Y = Bytes(key, "y") }),
            _ => null,
        };
    }

    private static string? Text(JsonElement key, string name) =>
        key.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[] Bytes(JsonElement key, string name) =>
        StrictBase64Url.Decode(Text(key, name)) ?? throw new ArgumentException($"a key's '{name}' is not base64url.");
}
