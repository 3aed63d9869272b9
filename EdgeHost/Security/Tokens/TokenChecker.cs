using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Notify.EdgeHost.Security;

/// <summary>What came of checking a token: who it is, or why not; the reason quotes nothing of it.</summary>
internal readonly record struct TokenResult(ClaimsPrincipal? Principal, string? Problem);

/// <summary>Checks tokens: signature by a key that fits, issuer, audience and times. Thread safe.</summary>
internal sealed class TokenChecker(TokenKeySource keys, IOptions<NotifyAuthenticationOptions> options, TimeProvider clock)
{
    private static readonly double LatestSeconds = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    private readonly NotifyAuthenticationOptions _options = options.Value;

    /// <summary>Checks a token.</summary>
    public async ValueTask<TokenResult> CheckAsync(string text)
    {
        if (CompactToken.Read(text, _options.TokenLimitChars, out string? problem) is not { } token) return new(null, problem);
        if (await keys.FindAsync(token.KeyId, token.Algorithm) is not { } key) return new(null, "The token is signed with a key that is not known.");
        if (!key.Verify(token.SigningInput, token.Signature)) return new(null, "The token's signature is wrong.");
        using var json = CompactToken.Parse(token.Payload);
        if (json is null) return new(null, "The token's payload is not a JSON object.");
        try
        {
            return CheckClaims(json.RootElement) is { } wrong ? new(null, wrong) : new(PrincipalOf(json.RootElement), null);
        }
        catch (InvalidOperationException)
        {
            return new(null, "The token has text that is not valid Unicode."); // an escaped lone surrogate
        }
    }

    private string? CheckClaims(JsonElement claims)
    {
        double now = clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0, skew = _options.ClockSkew.TotalSeconds;
        if (!TryTime(claims, "exp", out double? exp) || exp is null) return "The token does not say when it expires.";
        if (exp + skew <= now) return "The token has expired.";
        if (exp - now > _options.TokenLifeLimit.TotalSeconds + skew) return "The token lives longer than tokens may.";
        if (!TryTime(claims, "nbf", out double? nbf)) return "The token's nbf is not a time.";
        if (nbf - skew > now) return "The token does not count yet.";
        if (!TryTime(claims, "iat", out double? iat)) return "The token's iat is not a time.";
        if (iat - skew > now) return "The token was issued in the future.";
        if (_options.Issuers.Count > 0 && !(claims.TryGetProperty("iss", out var iss) && Names(iss, _options.Issuers))) return "The token is of another issuer.";
        if (_options.Audiences.Count == 0) return null;
        if (!claims.TryGetProperty("aud", out var aud)) return "The token is not meant for this service.";
        bool isMeant = aud.ValueKind == JsonValueKind.Array ? aud.EnumerateArray().Any(one => Names(one, _options.Audiences)) : Names(aud, _options.Audiences);
        return isMeant ? null : "The token is not meant for this service.";
    }

    private static bool Names(JsonElement value, IList<string> names) => value.ValueKind == JsonValueKind.String && names.Contains(value.GetString()!);

    /// <summary>A NumericDate (RFC 7519, section 2): a number that is a time. True when it is one or is not there.</summary>
    private static bool TryTime(JsonElement claims, string name, out double? seconds)
    {
        seconds = null;
        if (!claims.TryGetProperty(name, out var value)) return true;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double read) || !double.IsFinite(read) || read < 0 || read > LatestSeconds) return false;
        seconds = read;
        return true;
    }

    /// <summary>Each member is a claim by its own name, each item of an array one more; objects are left out.</summary>
    private static ClaimsPrincipal PrincipalOf(JsonElement json)
    {
        var identity = new ClaimsIdentity(NotifyTokenScheme.Name, "sub", "role");
        foreach (var member in json.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Array) Add(identity, member.Name, member.Value);
            else foreach (var item in member.Value.EnumerateArray()) Add(identity, member.Name, item);
        }

        return new(identity);
    }

    private static void Add(ClaimsIdentity identity, string name, JsonElement value)
    {
        string? text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number when name is "exp" or "iat" or "nbf" => value.GetDouble().ToString("R", CultureInfo.InvariantCulture),
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => null,
        };
        if (text is not null) identity.AddClaim(new(name, text));
    }
}
