using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Claims;

namespace Notify.EdgeHost.Security;

/// <summary>What this edge knows to be revoked. Thread safe.</summary>
internal sealed class Revocations(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, Revocation> _bySubject = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the cluster's revocations were heard of once.</summary>
    public Task WhenKnown => _known.Task;

    /// <summary>Whether anything is revoked at all.</summary>
    public bool IsEmpty => _bySubject.IsEmpty;

    /// <summary>Takes note of revocations; what has expired is forgotten.</summary>
    public void Add(IEnumerable<Revocation> revocations)
    {
        foreach (var revocation in revocations) _bySubject[revocation.Subject] = revocation;
        var now = clock.GetUtcNow();
        foreach (var (subject, revocation) in _bySubject)
        {
            if (revocation.Until <= now) _bySubject.TryRemove(subject, out _);
        }

        _ = _known.TrySetResult();
    }

    /// <summary>Whether an identity was revoked.</summary>
    public bool IsRevoked(string tenant, string user, string? tokenId, DateTimeOffset? issuedAt)
    {
        if (_bySubject.IsEmpty) return false;
        if (tokenId is not null && _bySubject.ContainsKey(Revocation.OfToken(tenant, tokenId))) return true;
        return _bySubject.TryGetValue(Revocation.OfUser(new(tenant, user)), out var revocation) && !(issuedAt > revocation.IssuedBefore);
    }

    /// <summary>Whether a connection's identity was revoked.</summary>
    public bool IsRevoked(ClientIdentity identity) => IsRevoked(identity.Tenant, identity.User, identity.Grant.TokenId, identity.Grant.IssuedAt);

    /// <summary>Whether a publisher's token was revoked.</summary>
    public bool IsRevoked(ClaimsPrincipal user, IdentityOptions options, bool isByCompany)
    {
        string tenant = isByCompany ? user.FindFirst(options.CompanyClaim)?.Value ?? "" : "";
        string? name = options.UserClaims.Select(c => user.FindFirst(c)?.Value).FirstOrDefault(v => !string.IsNullOrEmpty(v));
        DateTimeOffset? issuedAt = double.TryParse(user.FindFirst("iat")?.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            && seconds is >= 0 and < 253402300799 ? DateTimeOffset.UnixEpoch.AddSeconds(seconds) : null;
        return IsRevoked(tenant, name ?? "", user.FindFirst("jti")?.Value, issuedAt);
    }
}
