namespace Notify.EdgeHost.Security;

/// <summary>Judges the tokens by which connections renew their identities: who it is must stay, and so does what the query said at connect.</summary>
internal sealed class TokenRenewal(ClientIdentityReader identities, TokenAuthentication tokens)
{
    /// <summary>The identity of the token; null with the reason when it does not count for this connection.</summary>
    public async ValueTask<(ClientIdentity? Identity, string? Problem)> CheckAsync(ClientIdentity current, string token)
    {
        var (ticket, problem) = await tokens.AuthenticateAsync(token);
        if (ticket is null) return (null, problem);
        var (identity, _, wrong) = identities.Read(ticket, QueryCollection.Empty);
        if (identity is null) return (null, wrong);
        bool isSame = (identity.Tenant, identity.User, identity.Company) == (current.Tenant, current.User, current.Company);
        return isSame ? (identity, null) : (null, "The token is of another user or company than this connection.");
    }
}
