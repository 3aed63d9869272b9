namespace Notify;

/// <summary>
/// What was revoked, stored with the log until it has expired anyway. Every edge asks once a second, closes the connections, and refuses
/// the identities from then on. One grain; key <see cref="Key"/>.
/// </summary>
[Alias("notify.IRevocationsGrain")]
public interface IRevocationsGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "revocations";

    /// <summary>A token does not count any more. Idempotent. Stored when it returns.</summary>
    /// <param name="tenant">The token's tenant; empty in single tenancy.</param>
    /// <param name="tokenId">Its id (jti).</param>
    /// <param name="until">When it expires; later is remembered for longer.</param>
    /// <exception cref="ArgumentException">It has expired already, or a name is none.</exception>
    /// <exception cref="NotAcknowledgedException">It could not be stored; try again.</exception>
    [Alias("RevokeToken")]
    Task RevokeToken(string tenant, string tokenId, DateTimeOffset until);

    /// <summary>What was issued to a user up to now does not count any more; what is issued later does. Stored when it returns.</summary>
    /// <param name="tenant">The user's tenant; empty in single tenancy.</param>
    /// <param name="user">The user's name.</param>
    /// <param name="until">When the last of these tokens has expired.</param>
    /// <exception cref="ArgumentException">That was before now, or the name is none.</exception>
    /// <exception cref="NotAcknowledgedException">It could not be stored; try again.</exception>
    [Alias("RevokeUser")]
    Task RevokeUser(string tenant, string user, DateTimeOffset until);

    /// <summary>For edges: what is newer than <paramref name="after"/>; of another epoch everything.</summary>
    [Alias("Read")]
    Task<RevocationPage> Read(long epoch, long after);
}
