using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Notify.EdgeHost.Security;

namespace Notify.Tests.EdgeHost.Security.Tokens;

/// <summary>Makes tokens, good ones and others, with keys of the three algorithms.</summary>
internal static class TestTokens
{
    public const string HmacId = "h1", RsaId = "r1", EcId = "e1";

    public static byte[] Secret { get; } = RandomNumberGenerator.GetBytes(32);

    public static RSA Rsa { get; } = RSA.Create(2048);

    public static ECDsa Ec { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>The settings with these keys.</summary>
    public static Dictionary<string, string?> Settings => new()
    {
        ["Notify:Authentication:Keys:0:Id"] = HmacId,
        ["Notify:Authentication:Keys:0:Algorithm"] = "HS256",
        ["Notify:Authentication:Keys:0:Secret"] = Convert.ToBase64String(Secret),
        ["Notify:Authentication:Keys:1:Id"] = RsaId,
        ["Notify:Authentication:Keys:1:Algorithm"] = "RS256",
        ["Notify:Authentication:Keys:1:PublicKey"] = Rsa.ExportSubjectPublicKeyInfoPem(),
        ["Notify:Authentication:Keys:2:Id"] = EcId,
        ["Notify:Authentication:Keys:2:Algorithm"] = "ES256",
        ["Notify:Authentication:Keys:2:PublicKey"] = Ec.ExportSubjectPublicKeyInfoPem(),
    };

    public static NotifyAuthenticationOptions Options()
    {
        var options = new NotifyAuthenticationOptions();
        options.Keys.Add(new() { Id = HmacId, Algorithm = "HS256", Secret = Convert.ToBase64String(Secret) });
        options.Keys.Add(new() { Id = RsaId, Algorithm = "RS256", PublicKey = Rsa.ExportSubjectPublicKeyInfoPem() });
        options.Keys.Add(new() { Id = EcId, Algorithm = "ES256", PublicKey = Ec.ExportSubjectPublicKeyInfoPem() });
        return options;
    }

    public static TokenKeySource Source(NotifyAuthenticationOptions options, TimeProvider? clock = null, HttpMessageHandler? handler = null) =>
        new(Microsoft.Extensions.Options.Options.Create(options), new(new Production(), TimeProvider.System), clock ?? TimeProvider.System, NullLogger<TokenKeySource>.Instance, handler);

    public static TokenChecker Checker(NotifyAuthenticationOptions? options = null, TimeProvider? clock = null)
    {
        options ??= Options();
        return new(Source(options, clock), Microsoft.Extensions.Options.Options.Create(options), clock ?? TimeProvider.System);
    }

    /// <summary>A good token of a user; HS256.</summary>
    public static string Of(string user, string? company = null, string[]? topics = null, int seconds = 600, string? tokenId = null, string? scope = null, long? issuedAt = null)
    {
        var claims = new Dictionary<string, object> { ["sub"] = user, ["exp"] = Now + seconds, ["iat"] = issuedAt ?? Now };
        if (company is not null) claims["company"] = company;
        if (topics is not null) claims["topics"] = topics;
        if (tokenId is not null) claims["jti"] = tokenId;
        if (scope is not null) claims["scope"] = scope;
        return Sign("HS256", HmacId, JsonSerializer.Serialize(claims));
    }

    public static string Payload(string more = "") => $$"""{"sub":"alice","exp":{{Now + 600}}{{more}}}""";

    public static string Sign(string algorithm, string? keyId, string payload) =>
        SignRaw(keyId is null ? $$"""{"alg":"{{algorithm}}"}""" : $$"""{"alg":"{{algorithm}}","kid":"{{keyId}}"}""", payload, algorithm);

    /// <summary>Signs with the key of an algorithm, whatever the header says.</summary>
    public static string SignRaw(string header, string payload, string with)
    {
        string input = $"{Encode(header)}.{Encode(payload)}";
        byte[] data = Encoding.ASCII.GetBytes(input);
        byte[] signature = with switch
        {
            "HS256" => HMACSHA256.HashData(Secret, data),
            "RS256" => Rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "ES256" => Ec.SignData(data, HashAlgorithmName.SHA256),
            _ => [],
        };
        return $"{input}.{Base64Url.EncodeToString(signature)}";
    }

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private sealed class Production : Microsoft.Extensions.Hosting.IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Production";

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = "";

        public Microsoft.Extensions.FileProviders.IFileProvider ContentRootFileProvider { get; set; } = null!;
    }
}
