using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Notify.Telemetry;

/// <summary>Maps /health/live and /health/ready. Open to everybody: the answers say what is wrong, in general words.</summary>
public static class HealthEndpoints
{
    /// <summary>
    /// /health/live answers 200 while the process serves requests. /health/ready answers 200 when every <see cref="ReadyCheck"/> is content,
    /// else 503; its JSON names each check, and of those that fail what is wrong.
    /// </summary>
    public static void MapNotifyHealth(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ReadyCheck[] checks = [.. routes.ServiceProvider.GetServices<ReadyCheck>()];
        _ = routes.MapGet("/health/live", static () => TypedResults.Text("live")).ExcludeFromDescription();
        _ = routes.MapGet("/health/ready", context => AnswerAsync(context.Response, checks)).ExcludeFromDescription();
    }

    private static async Task AnswerAsync(HttpResponse response, ReadyCheck[] checks)
    {
        var found = checks.Select(check => (check.Name, Fault: check.FindFault())).ToList();
        bool isReady = found.All(check => check.Fault is null);
        response.StatusCode = isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        response.ContentType = "application/json";
        response.Headers.CacheControl = "no-store";
        using var json = new Utf8JsonWriter(response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("status"u8, isReady ? "ready"u8 : "not ready"u8);
        json.WriteStartArray("checks"u8);
        foreach (var (name, fault) in found)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, name);
            json.WriteBoolean("ok"u8, fault is null);
            if (fault is not null) json.WriteString("fault"u8, fault);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync();
    }
}
