namespace Notify.EdgeHost.Security;

/// <summary>The algorithms (RFC 7518, section 3.1) that are understood; there is no "none".</summary>
internal enum TokenAlgorithm
{
    /// <summary>HMAC with SHA-256.</summary>
    HS256 = 1,

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-256.</summary>
    RS256,

    /// <summary>ECDSA on P-256 with SHA-256.</summary>
    ES256,
}

/// <summary>Reads algorithm names, by the letter.</summary>
internal static class TokenAlgorithms
{
    /// <summary>The algorithm of a name; null: not one of these.</summary>
    public static TokenAlgorithm? Of(string? name) => name switch
    {
        "HS256" => TokenAlgorithm.HS256,
        "RS256" => TokenAlgorithm.RS256,
        "ES256" => TokenAlgorithm.ES256,
        _ => null,
    };
}
