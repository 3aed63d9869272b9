using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Notify.SampleService;

/// <summary>Tells it over HTTP, at any edge.</summary>
internal sealed class OrdersOverHttp(INotifyPublisher publisher, IOptions<SampleOptions> options, ILogger<OrdersOverHttp> logger)
    : OrderLoop("over-http", options, TimeProvider.System, logger)
{
    protected override Task<PushReceipt> PushAsync(string user, Notification notification, CancellationToken cancellationToken) =>
        publisher.PushAsync(PushTarget.User(user), notification, cancellationToken);
}
