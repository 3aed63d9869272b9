using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;

namespace Notify.SampleService;

/// <summary>Tells it through <see cref="IUserGrain"/>, as a client of the cluster.</summary>
internal sealed class OrdersByGrain(IGrainFactory grains, IOptions<SampleOptions> options, ILogger<OrdersByGrain> logger)
    : OrderLoop("by-grain", options, TimeProvider.System, logger)
{
    protected override Task<PushReceipt> PushAsync(string user, Notification notification, CancellationToken cancellationToken) =>
        grains.GetGrain<IUserGrain>(user).Push(notification).WaitAsync(cancellationToken);
}
