using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Notify.Client;
using Notify.Clustering;
using Notify.SampleService;

// A business service in a process of its own. It tells a user of each order twice: through IUserGrain, as a client of the cluster, and over HTTP.
try
{
    var builder = Host.CreateApplicationBuilder(args);
    builder.AddNotifyClient();
    builder.Services.AddOptions<SampleOptions>().BindConfiguration(SampleOptions.Section).ValidateDataAnnotations().ValidateOnStart();
    builder.Services.AddHostedService<OrdersByGrain>();
    if (builder.Configuration.GetValue<Uri>($"{SampleOptions.Section}:{nameof(SampleOptions.Edge)}") is { } edge)
    {
        builder.Services.AddNotifyPublisher(o => (o.BaseAddress, o.ApiKey) = (edge, builder.Configuration[$"{SampleOptions.Section}:{nameof(SampleOptions.ApiKey)}"]));
        builder.Services.AddHostedService<OrdersOverHttp>();
    }

    await builder.Build().RunAsync();
    return 0;
}
catch (ClusteringException failure)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return 1;
}
