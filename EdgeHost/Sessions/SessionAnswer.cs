using Notify.EdgeHost.Security;

namespace Notify.EdgeHost.Sessions;

/// <summary>What listings answer when there is nothing to list.</summary>
internal static class SessionAnswer
{
    /// <summary>Runs it; 503 where the cluster does not answer, 400 where it refuses.</summary>
    public static async Task TryAsync(HttpContext context, Func<Task> answer)
    {
        try
        {
            await answer();
        }
        catch (ArgumentException failure)
        {
            await TypedResults.Problem(failure.Message, statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(context);
        }
        catch (Exception failure) when (failure is TimeoutException or OrleansException or NotAcknowledgedException)
        {
            await UnavailableAsync(context);
        }
    }

    /// <summary>404.</summary>
    public static Task NotFoundAsync(HttpContext context) =>
        TypedResults.Problem("There is no such connection.", statusCode: StatusCodes.Status404NotFound).ExecuteAsync(context);

    /// <summary>503.</summary>
    public static Task UnavailableAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return TypedResults.Problem("Who should know does not answer.", statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context);
    }

    /// <summary>Whether the publisher may not see the connections of a company (null: of its whole tenant); then it was told so.</summary>
    public static async ValueTask<bool> IsForeignAsync(HttpContext context, string? company)
    {
        var (status, reason) = PublisherScope.Of(context).RefuseSessions(company);
        if (status == 0) return false;
        await TypedResults.Problem(reason, statusCode: status).ExecuteAsync(context);
        return true;
    }
}
