namespace Notify.EdgeHost.Security;

/// <summary>Judges the tokens by which one connection renews its identity: who it is must stay.</summary>
internal sealed class TokenRenewal(HttpContext context, ClientIdentityReader identities, TokenAuthentication tokens)
{
    /// <summary>The identity of the token; null with the reason when it does not count for this connection.</summary>
    public async ValueTask<(ClientIdentity? Identity, string? Problem)> CheckAsync(ClientIdentity current, string token)
    {
        var (ticket, problem) = await tokens.AuthenticateAsync(token);
        if (ticket is null) return (null, problem);
        var (identity, _, wrong) = identities.Read(ticket, context.Request.Query);
        if (identity is null) return (null, wrong);
        bool isSame = (identity.Tenant, identity.User, identity.Company) == (current.Tenant, current.User, current.Company);
        return isSame ? (identity, null) : (null, "The token is of another user or company than this connection.");
    }
}
