using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Notify.EdgeHost.Security;

/// <summary>
/// Tokens for trying things out: in Development only, for requests of this machine only, signed with a key that this process made up and
/// forgets.
/// </summary>
internal sealed class DemoTokens
{
    private const string KeyId = "demo";
    private const int LifeSeconds = 3600;

    private readonly byte[]? _secret;
    private readonly TimeProvider _clock;

    public DemoTokens(IHostEnvironment environment, TimeProvider clock)
    {
        _clock = clock;
        if (!environment.IsDevelopment()) return;
        string id = $"{KeyId}-{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        _secret = RandomNumberGenerator.GetBytes(TokenKey.SecretLeastBytes);
        Key = TokenKey.OfSecret(id, _secret);
    }

    /// <summary>The key that makes them count; null outside Development.</summary>
    public TokenKey? Key { get; }

    /// <summary>GET /demo/token?user=&amp;company=&amp;component=&amp;topics=&amp;seconds=</summary>
    public Task MintAsync(HttpContext context)
    {
        if (_secret is null || !LoopbackOnly.Allows(context)) return TypedResults.NotFound().ExecuteAsync(context);
        var query = context.Request.Query;
        if ((string?)query["user"] is not { Length: > 0 } user)
            return TypedResults.Problem("'user' is missing.", statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(context);
        int seconds = int.TryParse(query["seconds"], out int asked) ? Math.Clamp(asked, 1, LifeSeconds) : LifeSeconds;
        string topics = (string?)query["topics"] is { Length: > 0 } patterns ? patterns : "**";
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Text(Mint(user, query["company"], query["component"], topics.Split(','), seconds)).ExecuteAsync(context);
    }

    private string Mint(string user, string? company, string? component, string[] topics, int seconds)
    {
        long now = _clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new Dictionary<string, object> { ["sub"] = user, ["iat"] = now, ["exp"] = now + seconds, ["jti"] = Guid.CreateVersion7().ToString("N"), ["topics"] = topics };
        if (!string.IsNullOrEmpty(company)) claims["company"] = company;
        if (!string.IsNullOrEmpty(component)) claims["component"] = component;
        string head = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new { alg = "HS256", kid = Key!.Id, typ = "JWT" }));
        string body = $"{head}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return $"{body}.{Base64Url.EncodeToString(HMACSHA256.HashData(_secret!, Encoding.ASCII.GetBytes(body)))}";
    }
}
