using System.ComponentModel.DataAnnotations;

namespace Notify.EdgeHost.Security;

/// <summary>How tokens (JWT) of clients and publishers are checked; settings under <c>Notify:Authentication</c>.</summary>
public sealed class NotifyAuthenticationOptions
{
    /// <summary>The settings' section.</summary>
    public const string Section = "Notify:Authentication";

    /// <summary>Keys, each with its one algorithm; several at a time while keys are exchanged.</summary>
    public IList<TokenKeyOptions> Keys { get; } = [];

    /// <summary>A file with a JSON Web Key Set (RFC 7517), read again when a token names a key that is not known; null: none.</summary>
    public string? JwksFile { get; set; }

    /// <summary>The https address of a JSON Web Key Set, such as an identity provider's; null: none. Needs <see cref="Audiences"/>.</summary>
    public Uri? JwksAddress { get; set; }

    /// <summary>How old a key set may be before it is fetched again; default 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "7.00:00:00")]
    public TimeSpan JwksRefresh { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The least time between two fetches, however many tokens name unknown keys; default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan JwksPause { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The issuers that are trusted; empty: every issuer that has a key.</summary>
    public IList<string> Issuers { get; } = [];

    /// <summary>A token must be meant for one of these; empty: not looked at.</summary>
    public IList<string> Audiences { get; } = [];

    /// <summary>How far clocks may differ; default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest that a token may still live; default 30 days. What is revoked is remembered for as long.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "366.00:00:00")]
    public TimeSpan TokenLifeLimit { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The longest token, in characters; default 8 Ki.</summary>
    [Range(256, 64 * 1024)]
    public int TokenLimitChars { get; set; } = 8 * 1024;

    /// <summary>How long a client that said <c>auth=message</c> may take to send its token; default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan FirstMessageTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many such clients may be waited for at one edge; default 1,000. More are refused with 503.</summary>
    [Range(1, 1_000_000)]
    public int FirstMessageLimitCount { get; set; } = 1_000;

    /// <summary>Whether any source of keys is named.</summary>
    internal bool HasKeys => Keys.Count > 0 || JwksFile is not null || JwksAddress is not null;
}

/// <summary>One key: a secret for HS256, a public key for RS256 and ES256.</summary>
public sealed class TokenKeyOptions
{
    /// <summary>The key's name, which tokens give as <c>kid</c>; null: for tokens without one.</summary>
    public string? Id { get; set; }

    /// <summary>HS256, RS256 or ES256: the one algorithm for which this key counts.</summary>
    public string? Algorithm { get; set; }

    /// <summary>For HS256: at least 32 bytes, in base64.</summary>
    public string? Secret { get; set; }

    /// <summary>For RS256 (2,048 bits or more) and ES256 (P-256): the public key as PEM.</summary>
    public string? PublicKey { get; set; }
}
