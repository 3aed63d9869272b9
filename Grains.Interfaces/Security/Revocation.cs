using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Notify;

/// <summary>
/// Says that identities do not count any more: one token, or all of a user that were issued before a moment. It names them by a hash, so
/// that who was revoked is in no store and no log.
/// </summary>
/// <param name="Subject">See <see cref="OfToken"/> and <see cref="OfUser"/>.</param>
/// <param name="IssuedBefore">Identities issued at or before this moment, or that do not say when, do not count. For a token: the end of time.</param>
/// <param name="Until">When the last of them has expired anyway.</param>
/// <param name="Version">Its place in the order of all revocations.</param>
[GenerateSerializer, Immutable, Alias("notify.Revocation")]
public sealed record Revocation(
    [property: Id(0)] string Subject,
    [property: Id(1)] DateTimeOffset IssuedBefore,
    [property: Id(2)] DateTimeOffset Until,
    [property: Id(3)] long Version)
{
    /// <summary>The bytes of a subject: 128 bits of SHA-256.</summary>
    public const int SubjectBytes = 16;

    /// <summary>The subject of a token by its id (jti), within its tenant.</summary>
    public static string OfToken(string tenant, string tokenId) => SubjectOf("token", tenant, tokenId);

    /// <summary>The subject of a user.</summary>
    public static string OfUser(UserId user) => SubjectOf("user", user.Tenant, user.Name);

    private static string SubjectOf(string kind, string tenant, string name) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}\n{tenant}\n{name}")).AsSpan(0, SubjectBytes)); // no name has a line feed
}

/// <summary>Revocations newer than a version.</summary>
/// <param name="Epoch">Another one says that the versions begin anew.</param>
/// <param name="Version">The newest version.</param>
/// <param name="Revocations">In their order.</param>
[GenerateSerializer, Immutable, Alias("notify.RevocationPage")]
public sealed record RevocationPage(
    [property: Id(0)] long Epoch,
    [property: Id(1)] long Version,
    [property: Id(2)] ImmutableArray<Revocation> Revocations);
