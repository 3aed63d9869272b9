using Microsoft.Extensions.Options;
using Notify.EdgeHost.Connections;
using Notify.EdgeHost.Lifecycle;
using Notify.EdgeHost.Security;

namespace Notify.EdgeHost.Transports;

/// <summary>What came of a client's wish to connect: the edge and the checked request, or the status and the reason why not.</summary>
internal readonly record struct Admission(Edge? Edge, ConnectRequest? Request, int Status, string? Problem, string Reason)
{
    /// <summary>Whether the client may connect.</summary>
    public bool IsAdmitted => Request is not null;
}

/// <summary>Judges who may connect, the same for every way in. Answers nobody.</summary>
internal sealed class ClientAdmission(
    EdgeService edges,
    ClientIdentityReader identities,
    Revocations revocations,
    IOptions<ConnectionOptions> options,
    IOptions<RevocationOptions> revocationOptions,
    TimeProvider clock)
{
    /// <summary>Judges a request.</summary>
    public async ValueTask<Admission> JudgeAsync(HttpContext context, bool isSse)
    {
        var (edge, problem) = await ReadyAsync(context);
        if (edge is null) return new(null, null, StatusCodes.Status503ServiceUnavailable, problem, "not_ready");
        var read = Unrevoked(await identities.ReadAsync(context));
        var request = ConnectRequest.Read(context, read, options.Value, isSse, out int status, out problem);
        return new(edge, request, status, problem, status == StatusCodes.Status400BadRequest ? "bad_request" : "identity");
    }

    /// <summary>The edge, once it serves and knows what was revoked; or why there is none.</summary>
    public async ValueTask<(Edge? Edge, string? Problem)> ReadyAsync(HttpContext context)
    {
        if (edges.Serving is not { } edge) return (null, edges.IsDraining ? "The edge is about to stop." : "The edge is not ready yet.");
        if (revocations.WhenKnown.IsCompleted || await IsKnownSoonAsync(context)) return (edge, null);
        return (null, "The edge does not know yet what was revoked.");
    }

    /// <summary>The same, refused if it was revoked.</summary>
    public IdentityResult Unrevoked(IdentityResult read) =>
        read.Identity is { } identity && revocations.IsRevoked(identity) ? new(null, StatusCodes.Status401Unauthorized, "The token was revoked.") : read;

    private async ValueTask<bool> IsKnownSoonAsync(HttpContext context)
    {
        try
        {
            await revocations.WhenKnown.WaitAsync(revocationOptions.Value.FirstSyncTimeout, clock, context.RequestAborted);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
