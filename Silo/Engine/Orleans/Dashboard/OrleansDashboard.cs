using System.Net;
using Orleans.Dashboard;

namespace Notify.Silo.Engine;

// The Orleans dashboard, in builds with NotifyDashboard=true: for this machine alone (a tunnel, a port-forward), at /dashboard of the silo's
// HTTP port. It has no authentication of its own.
internal static partial class SiloHost
{
    private const string DashboardPath = "/dashboard";

    static partial void AddDashboard(ISiloBuilder silo, ref bool isBuilt)
    {
        isBuilt = true;
        silo.AddDashboard(options => options.HideTrace = true); // logs stay with the logs
    }

    static partial void MapDashboard(WebApplication app)
    {
        app.Use((context, next) =>
        {
            if (!context.Request.Path.StartsWithSegments(DashboardPath, StringComparison.OrdinalIgnoreCase) || IsOfThisMachine(context)) return next(context);
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        app.MapOrleansDashboard(DashboardPath);
    }

    // By the socket and by the name asked for: a foreign page must not lead a browser here.
    private static bool IsOfThisMachine(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
        && (context.Request.Host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(context.Request.Host.Host, out var host) && IPAddress.IsLoopback(host)));
}
