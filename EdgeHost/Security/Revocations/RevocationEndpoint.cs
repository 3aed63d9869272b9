using System.Text.Json;
using Microsoft.Extensions.Options;
using Notify.EdgeHost.Publishing;
using Notify.EdgeHost.Telemetry;

namespace Notify.EdgeHost.Security;

/// <summary>POST /api/revocations: a token by its id, or all of a user's.</summary>
internal sealed class RevocationEndpoint(
    IGrainFactory grains, RevocationSync sync, IOptions<NotifyAuthenticationOptions> options, TimeProvider clock, ILogger<RevocationEndpoint> logger)
{
    private const int LimitBytes = 4096;
    private const string Rule = "The body is {\"tokenId\":\"…\"} or {\"user\":\"…\"}, with \"expiresAt\" where it is known.";

    /// <summary>Revokes; 204 when it is stored and this edge has closed what it concerns.</summary>
    public async Task RevokeAsync(HttpContext context)
    {
        var scope = PublisherScope.Of(context);
        if (scope is { IsByCompany: true, Tenant.Length: 0 } || scope is { IsByCompany: false, IsPlatform: false })
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, scope.IsByCompany ? "Name the tenant: ?tenant=" : "A key of some companies cannot revoke while Notify:Tenancy is Single.");
            return;
        }

        if (await ReadAsync(context) is not var (tokenId, user, expiresAt))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, Rule);
            return;
        }

        var until = expiresAt ?? clock.GetUtcNow() + options.Value.TokenLifeLimit;
        until += options.Value.ClockSkew;
        try
        {
            var grain = grains.GetGrain<IRevocationsGrain>(IRevocationsGrain.Key);
            await (tokenId is null ? grain.RevokeUser(scope.Tenant, user!, until) : grain.RevokeToken(scope.Tenant, tokenId, until));
            SecurityLog.Revoked(logger, scope.Name, tokenId is null ? "a user" : "a token");
            await sync.SyncAsync(context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (ArgumentException failure)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, failure.Message);
        }
        catch (Exception failure) when (failure is NotAcknowledgedException or TimeoutException or OrleansException)
        {
            context.Response.Headers.RetryAfter = "1";
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "The revocation was not acknowledged; try again.");
        }
    }

    private static async ValueTask<(string? TokenId, string? User, DateTimeOffset? ExpiresAt)?> ReadAsync(HttpContext context)
    {
        using var body = await RequestBytes.ReadAsync(context.Request, LimitBytes, context.RequestAborted);
        if (body.IsRefused) return null;
        using var json = CompactToken.Parse(body.Span.ToArray());
        if (json is null) return null;
        string? tokenId = null, user = null;
        DateTimeOffset? expiresAt = null;
        foreach (var member in json.RootElement.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.String) return null;
            string text;
            try
            {
                text = member.Value.GetString()!;
            }
            catch (InvalidOperationException)
            {
                return null; // an escaped lone surrogate
            }

            if (member.NameEquals("tokenId")) tokenId = text;
            else if (member.NameEquals("user")) user = text;
            else if (!member.NameEquals("expiresAt") || !PushFields.TryReadTime(text, out expiresAt)) return null;
        }

        return tokenId is null == user is null ? null : (tokenId, user, expiresAt);
    }

    private static Task RefuseAsync(HttpContext context, int status, string detail) => TypedResults.Problem(detail, statusCode: status).ExecuteAsync(context);
}
