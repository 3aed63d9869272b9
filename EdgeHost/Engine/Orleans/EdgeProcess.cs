using Notify.EdgeHost.Security;
using Orleans.Hosting;

namespace Notify.EdgeHost;

/// <summary>An edge as an Orleans client. Clustering other than localhost is configured under <c>Orleans:Clustering</c>.</summary>
internal static class EdgeProcess
{
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.UseDefaultAddress();
        builder.UseOrleansClient(client =>
        {
            if (!builder.Configuration.GetSection("Orleans:Clustering").Exists()) client.UseLocalhostClustering(builder.Configuration.GetValue("Notify:Localhost:GatewayPort", 30000));
            client.AddNotifyStreams(builder.Configuration);
        });
        builder.Services.AddNotifyEdge(builder.Configuration);
        await using var app = builder.Build();
        app.MapNotify();
        try
        {
            await app.RunAsync();
            return 0;
        }
        catch (InsecureStartException failure)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }
    }
}
