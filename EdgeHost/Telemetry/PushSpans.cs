using System.Diagnostics;

namespace Notify.EdgeHost.Telemetry;

/// <summary>The span of a push over HTTP. It follows the caller's <c>traceparent</c>; without one the sampler decides.</summary>
internal static class PushSpans
{
    /// <summary>Puts it around endpoints.</summary>
    public static T Traced<T>(this T endpoints) where T : IEndpointConventionBuilder
    {
        endpoints.Finally(builder =>
        {
            if (builder.RequestDelegate is not { } next) return;
            string? route = (builder as RouteEndpointBuilder)?.RoutePattern.RawText;
            builder.RequestDelegate = context => NotifyTracing.Source.HasListeners() ? ServeAsync(context, route, next) : next(context);
        });
        return endpoints;
    }

    private static async Task ServeAsync(HttpContext context, string? route, RequestDelegate next)
    {
        var outer = Activity.Current;
        ActivityContext parent = default;
        if (outer is { IsAllDataRequested: true })
        {
            parent = outer.Context; // the application traces its requests itself
        }
        else
        {
            // The server's own activity is exported by nobody: a span under it would have no parent at the collector, or be left out with it.
            var headers = context.Request.Headers;
            _ = ActivityContext.TryParse(headers.TraceParent, headers.TraceState, isRemote: true, out parent);
            Activity.Current = null;
        }

        using var span = NotifyTracing.Source.StartActivity("notify.push", ActivityKind.Server, parent);
        if (span is null) Activity.Current = outer;
        span?.SetTag("http.request.method", context.Request.Method).SetTag("http.route", route);
        await next(context);
        if (span is null) return;
        span.SetTag("http.response.status_code", context.Response.StatusCode);
        if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError) span.SetStatus(ActivityStatusCode.Error);
    }
}
