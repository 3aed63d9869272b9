using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Notify.EdgeHost.Security;

/// <summary>
/// A key with its one algorithm: what a token's header says cannot make it count for another. Thread safe.
/// </summary>
internal sealed class TokenKey
{
    /// <summary>The least bytes of an HS256 secret (RFC 7518, section 3.2).</summary>
    public const int SecretLeastBytes = 32;

    private const int RsaLeastBits = 2048;
    private const int RsaMostBits = 8192; // verifying costs time that grows with it
    private const int CoordinateBytes = 32;

    private readonly Func<byte[], byte[], bool> _verify;

    private TokenKey(string? id, TokenAlgorithm algorithm, Func<byte[], byte[], bool> verify)
    {
        Id = id;
        Algorithm = algorithm;
        _verify = verify;
    }

    /// <summary>The name that tokens give as kid; null: none.</summary>
    public string? Id { get; }

    /// <summary>The only one.</summary>
    public TokenAlgorithm Algorithm { get; }

    /// <summary>An HS256 key.</summary>
    /// <exception cref="ArgumentException">The secret is too short.</exception>
    public static TokenKey OfSecret(string? id, byte[] secret)
    {
        if (secret.Length < SecretLeastBytes) throw new ArgumentException($"An HS256 secret has at least {SecretLeastBytes} bytes.");
        return new(id, TokenAlgorithm.HS256, (data, signature) => CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(secret, data), signature));
    }

    /// <summary>An RS256 key.</summary>
    /// <exception cref="ArgumentException">The key is too small or too large.</exception>
    public static TokenKey OfRsa(string? id, RSAParameters key)
    {
        int bits = (key.Modulus?.Length ?? 0) * 8;
        if (bits is < RsaLeastBits or > RsaMostBits) throw new ArgumentException($"An RS256 key has {RsaLeastBits} to {RsaMostBits} bits.");
        var publicKey = new RSAParameters { Modulus = key.Modulus, Exponent = key.Exponent };
        var pool = new ConcurrentBag<RSA>([RSA.Create(publicKey)]);
        return new(id, TokenAlgorithm.RS256, (data, signature) =>
        {
            if (!pool.TryTake(out var rsa)) rsa = RSA.Create(publicKey); // an instance is for one thread at a time
            bool isGood = rsa.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            pool.Add(rsa);
            return isGood;
        });
    }

    /// <summary>An ES256 key.</summary>
    /// <exception cref="ArgumentException">It is not a point of P-256.</exception>
    public static TokenKey OfEc(string? id, ECPoint point)
    {
        if (point.X?.Length != CoordinateBytes || point.Y?.Length != CoordinateBytes) throw new ArgumentException("An ES256 key is a point of P-256.");
        var publicKey = new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point };
        ConcurrentBag<ECDsa> pool;
        try
        {
            pool = new([ECDsa.Create(publicKey)]);
        }
        catch (CryptographicException failure)
        {
            throw new ArgumentException("An ES256 key is a point of P-256.", failure);
        }

        return new(id, TokenAlgorithm.ES256, (data, signature) =>
        {
            // r and s must not be zero ("psychic signatures"): the framework checks it, and so do we.
            if (signature.Length != 2 * CoordinateBytes || IsZero(signature.AsSpan(0, CoordinateBytes)) || IsZero(signature.AsSpan(CoordinateBytes))) return false;
            if (!pool.TryTake(out var ec)) ec = ECDsa.Create(publicKey);
            bool isGood = ec.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            pool.Add(ec);
            return isGood;
        });
    }

    /// <summary>A key of the settings.</summary>
    /// <exception cref="ArgumentException">Something is missing or wrong; the message says what and never the key.</exception>
    public static TokenKey Of(TokenKeyOptions options)
    {
        string name = options.Id ?? "without id";
        var algorithm = TokenAlgorithms.Of(options.Algorithm) ?? throw new ArgumentException($"The key {name}: Algorithm is not one of HS256, RS256, ES256.");
        try
        {
            if (algorithm == TokenAlgorithm.HS256)
                return OfSecret(options.Id, Convert.FromBase64String(options.Secret ?? throw new ArgumentException("Secret is missing.")));
            string pem = options.PublicKey ?? throw new ArgumentException("PublicKey is missing.");
            if (algorithm == TokenAlgorithm.RS256)
            {
                using var rsa = RSA.Create();
                rsa.ImportFromPem(pem);
                return OfRsa(options.Id, rsa.ExportParameters(includePrivateParameters: false));
            }

            using var ec = ECDsa.Create();
            ec.ImportFromPem(pem);
            var parameters = ec.ExportParameters(includePrivateParameters: false);
            if (parameters.Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value) throw new ArgumentException("An ES256 key is a point of P-256.");
            return OfEc(options.Id, parameters.Q);
        }
        catch (Exception failure) when (failure is ArgumentException or FormatException or CryptographicException)
        {
            // What the framework says may quote the key; what this class says does not.
            string what = failure is ArgumentException { InnerException: null, ParamName: null } ? failure.Message : "it cannot be read.";
            throw new ArgumentException($"The key {name}: {what}");
        }
    }

    /// <summary>Whether the signature is this key's.</summary>
    public bool Verify(byte[] data, byte[] signature)
    {
        try
        {
            return _verify(data, signature);
        }
        catch (CryptographicException)
        {
            return false; // a signature of another length than the key's
        }
    }

    private static bool IsZero(ReadOnlySpan<byte> number) => !number.ContainsAnyExcept((byte)0);
}
