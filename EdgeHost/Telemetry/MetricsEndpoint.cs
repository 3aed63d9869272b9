using Microsoft.Extensions.Options;
using Notify.EdgeHost.Security;
using Notify.Telemetry;

namespace Notify.EdgeHost.Telemetry;

/// <summary>Maps /metrics: for publishers of the platform with the right to read, and without a key on the port that settings name for it.</summary>
internal static class MetricsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes, PublisherGate publishers)
    {
        var metrics = routes.ServiceProvider.GetRequiredService<MetricsCollection>();
        int port = routes.ServiceProvider.GetRequiredService<IOptions<MetricsOptions>>().Value.Port;
        var open = routes.MapGroup("");
        if (port != 0)
        {
            // By the socket: whatever a request says of its host, who comes to another port needs the key.
            ((IEndpointConventionBuilder)open).Finally(builder =>
            {
                if (builder.RequestDelegate is not { } guarded) return;
                builder.RequestDelegate = context => context.Connection.LocalPort == port ? metrics.AnswerAsync(context) : guarded(context);
            });
        }

        var keyed = open.MapGroup("");
        publishers.Guard(keyed);
        _ = keyed.MapGet("/metrics", context => PublisherScope.Of(context).IsPlatform
                ? metrics.AnswerAsync(context)
                : TypedResults.Problem("Metrics are of all companies: they need a platform key.", statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(context))
            .Needs(PublisherRights.Read).ExcludeFromDescription();
    }
}
